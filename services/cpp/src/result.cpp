#include "result.hpp"

#include <array>
#include <charconv>

namespace counter {

namespace {

/// Enough for an error code and its message, and not a page of HTML.
constexpr std::size_t most_log_bytes = 400;

constexpr unsigned char first_printable = 0x20;
constexpr unsigned char delete_character = 0x7f;

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < first_printable || byte == delete_character;
}

void append_escape(std::string& out, char c) {
    switch (c) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            std::array<char, 2> hex{};
            auto* const end = std::to_chars(hex.begin(), hex.end(), static_cast<unsigned char>(c), 16).ptr;
            out.append("\\u{").append(hex.begin(), end).append("}");
    }
}

}  // namespace

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (is_control(c)) {
            append_escape(out, c);
            continue;
        }
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out += '"';
}

std::string one_line(std::string_view text) {
    std::string out{text.substr(0, most_log_bytes)};
    for (char& c : out) {
        c = is_control(c) ? ' ' : c;
    }
    return out;
}

}  // namespace counter
