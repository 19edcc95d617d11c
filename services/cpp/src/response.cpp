#include "response.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace counter {

namespace {

constexpr Header no_store{"cache-control", "no-store"};
constexpr Header problem_type{"content-type", "application/problem+json"};

constexpr std::array page_headers{Header{"content-type", "text/html; charset=utf-8"},
                                  Header{"x-content-type-options", "nosniff"}};
constexpr std::array count_headers{Header{"content-type", "text/plain; charset=utf-8"}, no_store};
constexpr std::array health_headers{Header{"content-type", "application/health+json"}, no_store};
constexpr std::array problem_headers{problem_type, no_store};
constexpr std::array get_head_headers{Header{"allow", "GET, HEAD"}, problem_type, no_store};
constexpr std::array get_post_headers{Header{"allow", "GET, POST"}, problem_type, no_store};

constexpr std::string_view method_not_allowed_body =
    R"({"type":"about:blank","title":"Method Not Allowed","status":405})";

/// As a JSON string, quotes included. What is not UTF-8 (nothing here) would be replaced, not thrown at.
std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

namespace response {

Response page() { return {200, page_headers, page_html}; }

Response count(std::string_view digits) { return {200, count_headers, digits}; }

Response health(bool alive) {
    return alive ? Response{200, health_headers, R"({"status":"pass"})"}
                 : Response{503, health_headers, R"({"status":"fail"})"};
}

Response service_unavailable() {
    return {503, problem_headers, R"({"type":"about:blank","title":"Service Unavailable","status":503})"};
}

Response not_found() {
    return {404, problem_headers, R"({"type":"about:blank","title":"Not Found","status":404})"};
}

Response not_implemented() {
    return {501, problem_headers, R"({"type":"about:blank","title":"Not Implemented","status":501})"};
}

Response only_get_and_head() { return {405, get_head_headers, method_not_allowed_body}; }

Response only_get_and_post() { return {405, get_post_headers, method_not_allowed_body}; }

}  // namespace response

void encode(const Response& response, std::string& out) {
    out.assign(R"({"statusCode":)").append(std::to_string(response.status)).append(R"(,"headers":{)");
    // Names and values are constants above and need no escaping.
    std::string_view separator;
    for (const auto& [name, value] : response.headers) {
        out.append(separator).append("\"").append(name).append(R"(":")").append(value).append("\"");
        separator = ",";
    }
    out.append(R"(},"body":)").append(json_string(response.body)).append(R"(,"isBase64Encoded":false})");
}

}  // namespace counter
