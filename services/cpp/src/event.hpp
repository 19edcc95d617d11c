// Reading events: of all that an event holds, a counter needs the method and the path. Must not know routes.
#pragma once

#include <string>
#include <string_view>

#include "result.hpp"

namespace counter {

struct Request {
    std::string method;
    std::string path;
};

/// The request in `event`: payload format 2.0 (HTTP API, function URL) or the load balancer's. One pass over
/// the text, and only what is kept is copied.
[[nodiscard]] Result<Request> parse_event(std::string_view event);

}  // namespace counter
