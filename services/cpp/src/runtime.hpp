// The loop of a Lambda runtime: fetches invocations, hands them to a handler, posts what it returns. Must not
// know what events mean.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http.hpp"
#include "store.hpp"

namespace counter {

/// Turns an event into what the function returns, by the time given; or why it can't. What it returns is
/// valid until it is called again.
using Handler = std::function<Result<std::string_view>(std::string_view event, Deadline deadline)>;

class Runtime {
  public:
    /// `address`: of the Runtime API, with its port. Makes no call.
    explicit Runtime(const std::string& address);

    /// Handles one invocation after the other. Returns only when the Runtime API fails.
    [[nodiscard]] Error run(const Handler& handler);

    /// Reports to Lambda, if it can be reached, why the function can't start.
    void report_init_error(const Error& error);

  private:
    struct Invocation {
        std::string request_id;
        Deadline deadline;
    };

    Result<Invocation> next();
    Result<void> respond(const std::string& request_id, std::string_view body);
    Result<void> report(const std::string& request_id, const Error& error);

    http::Client http_;
    std::string base_;
    std::string next_url_;
    /// Kept from call to call, as the client's buffers are: it stays allocated.
    std::string url_;
    http::Headers none_, json_;
};

}  // namespace counter
