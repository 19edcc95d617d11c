#include "router.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace counter {

namespace {

/// The longest that a caller waits for a number: longer than the slowest store's own bound (12 s of rounds on
/// one S3 key), shorter than what waits in front (HTTP API 30 s, ALB 60 s).
constexpr std::chrono::seconds hit_timeout{15};
/// The longest that a readiness check waits: less than a Kubernetes probe is given.
constexpr std::chrono::seconds ready_timeout{5};

/// RFC 9110's methods and PATCH; any other is a 501 (RFC 9110, section 9.1).
constexpr std::array<std::string_view, 9> methods{"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                  "CONNECT", "OPTIONS", "TRACE", "PATCH"};

Response without_body(Response response) {
    response.body = {};
    return response;
}

}  // namespace

Router::Router(Store& store, Log log) : store_(store), log_(std::move(log)) {
    encode(response::page(), page_);
}

std::string_view Router::answer(const Request& request, Deadline give_up) {
    const auto& [method, path] = request;
    const bool get = method == "GET";
    const bool head = method == "HEAD";
    if (std::ranges::find(methods, method) == methods.end()) return encoded(response::not_implemented());
    if (path == "/hits") {
        if (get || method == "POST") return hits(give_up);
        const auto refused = response::only_get_and_post();
        return encoded(head ? without_body(refused) : refused);
    }
    if (path == "/readyz") {
        return get || head ? readyz(get, give_up) : encoded(response::only_get_and_head());
    }
    if (path == "/healthz") {
        if (get) return encoded(response::health(true));
        return encoded(head ? without_body(response::health(true)) : response::only_get_and_head());
    }
    if (path == "/") {
        if (get) return page_;
        return encoded(head ? without_body(response::page()) : response::only_get_and_head());
    }
    return encoded(head ? without_body(response::not_found()) : response::not_found());
}

std::string_view Router::hits(Deadline give_up) {
    const auto count = store_.add(1, std::min(give_up, Clock::now() + hit_timeout));
    if (!count) {
        log_("ERROR no number: " + count.error().text);
        return encoded(response::service_unavailable());
    }
    std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
    const auto* const end = std::to_chars(digits.begin(), digits.end(), *count).ptr;
    return encoded(response::count({digits.begin(), end}));
}

std::string_view Router::readyz(bool with_body, Deadline give_up) {
    const auto count = store_.add(0, std::min(give_up, Clock::now() + ready_timeout));
    // A count at its end is one that no hit can be added to.
    const auto next = count.and_then([](std::uint64_t before) { return sum(before, 1); });
    if (!next) {
        log_("ERROR not ready: " + next.error().text);
    }
    const auto health = response::health(next.has_value());
    return encoded(with_body ? health : without_body(health));
}

std::string_view Router::encoded(const Response& response) {
    encode(response, answer_);
    return answer_;
}

}  // namespace counter
