// Calls of one AWS service: signed, bounded in time, retried as the SDKs' standard mode does. Must not know
// tables or buckets.
#pragma once

#include <random>
#include <string>
#include <string_view>

#include "config.hpp"
#include "http.hpp"
#include "store.hpp"

namespace counter {

/// Full jitter: from 0 to `ceiling`, so that those who met once don't meet again.
class Jitter {
  public:
    [[nodiscard]] std::chrono::duration<double> below(std::chrono::duration<double> ceiling);

  private:
    std::minstd_rand generator_{std::random_device{}()};
};

class AwsClient {
  public:
    /// `service`: its name in signatures. Makes no call.
    AwsClient(const AwsConfig& config, std::string_view service);

    /// Sends the request until it gets an answer that is not worth a retry, and returns its status: below
    /// 400, or what a caller may know better. Ends by `deadline`, and in any case after 10 s.
    [[nodiscard]] Result<long> call(http::Method method, const std::string& url, const http::Headers& headers,
                                    std::string_view body, Deadline deadline);

    /// Headers that every request needs.
    [[nodiscard]] http::Headers headers() const;
    [[nodiscard]] std::string_view body() const { return http_.body(); }
    [[nodiscard]] std::string_view header(const char* name) const { return http_.header(name); }
    /// The last answer as a reason, for when its status is not what was hoped for.
    [[nodiscard]] Error refusal(long status) const;

  private:
    http::Client http_;
    std::optional<std::string> session_token_;
    Jitter jitter_;
};

/// "amazonaws.com", or what stands for it in the region.
[[nodiscard]] std::string dns_suffix(std::string_view region);

}  // namespace counter
