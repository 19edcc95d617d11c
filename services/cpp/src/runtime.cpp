#include "runtime.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

namespace counter {

namespace {

using std::chrono::milliseconds;

/// An event has 6 MB at most, which JSON's escapes don't count towards. A bound, so that no event costs more.
constexpr std::size_t most_event_bytes = 32UL * 1024 * 1024;
/// The Runtime API is on the same machine, and takes an answer at once.
constexpr std::chrono::seconds post_timeout{10};
/// What is left for the answer when the handler must end: Lambda kills a function at its deadline.
constexpr milliseconds answer_time{200};

constexpr long ok = 200;
constexpr long accepted = 202;

/// When Lambda gives up, by its wall clock; far away where it is not stated.
Deadline deadline_of(std::string_view epoch_ms) {
    constexpr std::chrono::minutes longest_timeout{15};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    auto left = std::chrono::duration_cast<milliseconds>(longest_timeout);
    milliseconds::rep at = 0;
    const auto [end, error] = std::from_chars(epoch_ms.data(), epoch_ms.data() + epoch_ms.size(), at);
    if (error == std::errc{}) {
        left = std::min(left, milliseconds(at) - std::chrono::duration_cast<milliseconds>(now) - answer_time);
    }
    return Clock::now() + left;
}

std::string error_body(const Error& error, const char* type) {
    const nlohmann::json body{
        {"errorMessage", error.text}, {"errorType", type}, {"stackTrace", nlohmann::json::array()}};
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// A handler's exception is its caller's failed invocation, and nobody else's.
Result<std::string_view> handle(const Handler& handler, std::string_view event, Deadline deadline) try {
    return handler(event, deadline);
} catch (const std::exception& exception) {
    return failed(one_line(exception.what()));
}

void log(const Error& error) { static_cast<void>(std::fprintf(stderr, "ERROR %s\n", error.text.c_str())); }

}  // namespace

Runtime::Runtime(const std::string& address)
    : http_(most_event_bytes),
      base_("http://" + address + "/2018-06-01/runtime/"),
      next_url_(base_ + "invocation/next") {
    json_.add("content-type: application/json");
}

Error Runtime::run(const Handler& handler) {
    for (;;) {
        const auto invocation = next();
        if (!invocation) return {"the Lambda runtime failed: " + invocation.error().text};
        const auto& [request_id, deadline] = *invocation;
        const auto answer = handle(handler, http_.body(), deadline);
        if (!answer) log(answer.error());
        const auto sent = answer ? respond(request_id, *answer) : report(request_id, answer.error());
        // Too late, most likely: Lambda has answered the caller already, and has more work.
        if (!sent) log(sent.error());
    }
}

Result<Runtime::Invocation> Runtime::next() {
    // It is answered when there is work, which may take for ever.
    const auto status = http_.send({http::Method::get, next_url_, none_, {}, milliseconds{0}});
    if (!status) return failed("no next invocation: " + status.error().text);
    if (*status != ok) {
        return failed("no next invocation: status " + std::to_string(*status) + ": " +
                      one_line(http_.body()));
    }
    return Invocation{std::string(http_.header("lambda-runtime-aws-request-id")),
                      deadline_of(http_.header("lambda-runtime-deadline-ms"))};
}

Result<void> Runtime::respond(const std::string& request_id, std::string_view body) {
    url_.assign(base_).append("invocation/").append(request_id).append("/response");
    const auto status = http_.send({http::Method::post, url_, json_, body, post_timeout});
    if (!status) return failed("the response was not taken: " + status.error().text);
    if (*status != accepted) {
        return failed("the response was not taken: status " + std::to_string(*status) + ": " +
                      one_line(http_.body()));
    }
    return {};
}

Result<void> Runtime::report(const std::string& request_id, const Error& error) {
    url_.assign(base_).append("invocation/").append(request_id).append("/error");
    http::Headers headers;
    headers.add("content-type: application/json");
    headers.add("lambda-runtime-function-error-type: Function.Failed");
    const auto body = error_body(error, "Function.Failed");
    const auto status = http_.send({http::Method::post, url_, headers, body, post_timeout});
    if (!status) return failed("the error was not taken: " + status.error().text);
    return {};
}

void Runtime::report_init_error(const Error& error) {
    http::Headers headers;
    headers.add("content-type: application/json");
    headers.add("lambda-runtime-function-error-type: Runtime.InvalidConfiguration");
    const auto body = error_body(error, "Runtime.InvalidConfiguration");
    const auto url = base_ + "init/error";
    // Whether it is taken or not, the process ends with its line and exit code.
    static_cast<void>(http_.send({http::Method::post, url, headers, body, post_timeout}));
}

}  // namespace counter
