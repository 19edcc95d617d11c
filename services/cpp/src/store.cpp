#include "store.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace counter {

namespace {

/// Enough of it to recognise what it is, short enough for one line of a log.
constexpr std::size_t most_shown_bytes = 40;

}  // namespace

std::chrono::milliseconds left_until(Deadline deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

Result<std::uint64_t> sum(std::uint64_t before, std::uint64_t n) {
    if (n > std::numeric_limits<std::uint64_t>::max() - before) {
        return failed("the count would pass 2^64 - 1");
    }
    return before + n;
}

Result<std::uint64_t> parse_count(std::string_view place, std::string_view text) {
    std::uint64_t count = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc{} || stopped != end) {
        return failed(std::string(place) + " holds " + quoted(text.substr(0, most_shown_bytes)) +
                      " where a decimal count belongs");
    }
    return count;
}

Error read_failed(std::string_view place, const Error& why) {
    return {"reading the count from " + std::string(place) + " failed: " + why.text};
}

Error write_failed(std::string_view place, const Error& why) {
    return {"writing the count to " + std::string(place) + " failed: " + why.text};
}

}  // namespace counter
