// The result of what can fail: a value, or the reason as one line for a log. Nothing branches on reasons
// (a caller only ever learns 503), so a reason is its text. Must not throw, nor end lines.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace counter {

/// Why something failed: one line with the whole chain of causes.
struct Error {
    std::string text;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failed(std::string text) { return tl::unexpected(Error{std::move(text)}); }

/// `text` in double quotes, with what would end or disturb a line escaped, as Rust's `{:?}` has it.
[[nodiscard]] std::string quoted(std::string_view text);

/// The beginning of another program's text, fit for one line.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace counter
