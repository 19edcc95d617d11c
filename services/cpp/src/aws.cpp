#include "aws.hpp"

#include <algorithm>
#include <array>
#include <thread>

namespace counter {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The same bounds as the Rust functions: a call rarely takes 200 ms inside a region, so 3 s are a lost
/// cause. Three attempts fit the whole, and the whole fits the 15 s that the router gives a caller.
constexpr seconds attempt_timeout{3};
constexpr seconds call_timeout{10};
constexpr int most_attempts = 3;
/// The ceiling of the first pause; it doubles.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
constexpr seconds first_pause{1};

/// Far more than a count and its headers, or an error's text.
constexpr std::size_t most_response_bytes = 64UL * 1024;

constexpr long bad_request = 400;
constexpr long too_many_requests = 429;

/// What the SDKs' standard mode retries, by status, and by error code where the status is 400.
bool is_transient(long status, std::string_view body) {
    if (status == 500 || status == 502 || status == 503 || status == 504 || status == too_many_requests) {
        return true;
    }
    constexpr std::array<std::string_view, 8> codes{
        "ThrottlingException",    "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",   "ThrottledException",
        "RequestThrottled",       "TooManyRequestsException",
        "LimitExceededException", "RequestTimeout"};
    return status == bad_request && std::ranges::any_of(codes, [body](std::string_view code) {
               return body.find(code) != std::string_view::npos;
           });
}

}  // namespace

std::chrono::duration<double> Jitter::below(std::chrono::duration<double> ceiling) {
    return std::uniform_real_distribution<double>(0, 1)(generator_) * ceiling;
}

AwsClient::AwsClient(const AwsConfig& config, std::string_view service)
    : http_(most_response_bytes), session_token_(config.session_token) {
    http_.sign({"aws:amz:" + config.region + ":" + std::string(service), config.access_key_id,
                config.secret_access_key});
}

http::Headers AwsClient::headers() const {
    http::Headers headers;
    if (session_token_) headers.add("x-amz-security-token: " + *session_token_);
    return headers;
}

Result<long> AwsClient::call(http::Method method, const std::string& url, const http::Headers& headers,
                             std::string_view body, Deadline deadline) {
    deadline = std::min(deadline, Clock::now() + call_timeout);
    std::chrono::duration<double> ceiling = first_pause;
    for (int attempt = 1;; ++attempt) {
        // libcurl takes 0 for no bound at all.
        const auto timeout = std::clamp<milliseconds>(left_until(deadline), milliseconds{1}, attempt_timeout);
        auto status = http_.send({method, url, headers, body, timeout});
        if (status && !is_transient(*status, http_.body())) return status;
        const auto pause = jitter_.below(ceiling);
        const bool last = attempt == most_attempts || Clock::now() + pause >= deadline;
        if (last) {
            const auto tried = " (attempt " + std::to_string(attempt) + ", the last)";
            return failed((status ? refusal(*status) : status.error()).text + tried);
        }
        std::this_thread::sleep_for(pause);
        ceiling *= 2;
    }
}

Error AwsClient::refusal(long status) const {
    return {"the service answered " + std::to_string(status) + ": " + one_line(http_.body())};
}

std::string dns_suffix(std::string_view region) {
    return region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

}  // namespace counter
