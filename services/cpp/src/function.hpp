// The counter as a Lambda function, whatever its store: configuration, loop, exit code. Must not know a
// store.
#pragma once

#include <functional>
#include <memory>

#include "config.hpp"
#include "store.hpp"

namespace counter {

/// Makes the store; no call yet.
using Open = std::function<std::unique_ptr<Store>(const Config& config)>;

/// Runs until the execution environment ends. Returns the exit code: 2 where the environment can't be used, 1
/// where the Runtime API failed.
[[nodiscard]] int run_function(Scheme scheme, const Open& open) noexcept;

}  // namespace counter
