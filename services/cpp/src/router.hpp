// The app as a value: routes, the time a store may take, the log line of a failure. Must not know which store
// it has, nor who hosts it. The bytes are in response.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "event.hpp"
#include "response.hpp"
#include "store.hpp"

namespace counter {

/// Takes one line of the log.
using Log = std::function<void(std::string_view line)>;

class Router {
  public:
    Router(Store& store, Log log);

    /// What a function returns for `request`; valid until the next call. `give_up` is when the host does, and
    /// the store gets less where its own bound is shorter.
    [[nodiscard]] std::string_view answer(const Request& request, Deadline give_up);

  private:
    std::string_view hits(Deadline give_up);
    std::string_view readyz(bool with_body, Deadline give_up);
    std::string_view encoded(const Response& response);

    Store& store_;
    Log log_;
    /// Encoded once, outside of the handler: 5 kB with some hundred characters to escape.
    std::string page_;
    std::string answer_;
};

}  // namespace counter
