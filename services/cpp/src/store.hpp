// What a store is. Must not know any of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "result.hpp"

namespace counter {

using Clock = std::chrono::steady_clock;
/// When whoever waits for an answer gives up.
using Deadline = Clock::time_point;

/// What is left until `deadline`, never negative.
[[nodiscard]] std::chrono::milliseconds left_until(Deadline deadline);

/// A counter that outlives its callers.
class Store {
  public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    Store(Store&&) = delete;
    Store& operator=(Store&&) = delete;
    virtual ~Store() = default;

    /// Adds `n` and returns the count after it: the caller owns the numbers count - n + 1 to count. Adding 0
    /// reads the count and proves that the store can be written: every readiness check is that. Ends by
    /// `deadline`. After an error the numbers may have been used up; nobody else gets them.
    [[nodiscard]] virtual Result<std::uint64_t> add(std::uint64_t n, Deadline deadline) = 0;
};

/// `before + n`, or an error where that would pass 2^64 - 1.
[[nodiscard]] Result<std::uint64_t> sum(std::uint64_t before, std::uint64_t n);

/// The count in `text`, which `place` holds: decimal digits and nothing else.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view place, std::string_view text);

/// "reading the count from PLACE failed: WHY".
[[nodiscard]] Error read_failed(std::string_view place, const Error& why);
/// "writing the count to PLACE failed: WHY".
[[nodiscard]] Error write_failed(std::string_view place, const Error& why);

}  // namespace counter
