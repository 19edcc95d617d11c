// The bytes of every response; the table is in services/counter/src/response.rs. Must not know stores or
// routes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace counter {

/// The page, the same in every language: services/page.html, embedded when this is built.
extern const std::string_view page_html;

struct Header {
    std::string_view name;
    std::string_view value;
};

/// One response. All views but a count's body are of constants.
struct Response {
    int status;
    std::span<const Header> headers;
    std::string_view body;
};

namespace response {

[[nodiscard]] Response page();
/// `digits`: the count in decimal; it must outlive the response.
[[nodiscard]] Response count(std::string_view digits);
[[nodiscard]] Response health(bool alive);
[[nodiscard]] Response service_unavailable();
[[nodiscard]] Response not_found();
/// A method that the counter does not know.
[[nodiscard]] Response not_implemented();
/// On the page and the checks.
[[nodiscard]] Response only_get_and_head();
/// On the count: no HEAD, which would use up a number.
[[nodiscard]] Response only_get_and_post();

}  // namespace response

/// Writes what a function returns for `response` into `out`, replacing what it holds.
void encode(const Response& response, std::string& out);

}  // namespace counter
