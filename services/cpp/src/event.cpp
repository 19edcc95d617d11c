#include "event.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>

namespace counter {

namespace {

/// Deeper than the four levels that the events of AWS have; a bound, so that no event costs more.
constexpr int deepest = 64;

/// nlohmann's events, of which it remembers the four members below.
class Reader : public nlohmann::json_sax<nlohmann::json> {
  public:
    std::optional<std::string> raw_path, http_method;      // payload 2.0
    std::optional<std::string> alb_path, alb_http_method;  // the load balancer's
    std::string problem;

    bool key(string_t& name) override {
        if (depth_ == 1) {
            in_context_ = name == "requestContext";
            in_http_ = false;
            wanted_ = name == "rawPath"      ? &raw_path
                      : name == "path"       ? &alb_path
                      : name == "httpMethod" ? &alb_http_method
                                             : nullptr;
        } else if (depth_ == 2 && in_context_) {
            in_http_ = name == "http";
        } else if (depth_ == 3 && in_http_ && name == "method") {
            wanted_ = &http_method;
        }
        return true;
    }

    bool string(string_t& value) override {
        if (wanted_ != nullptr) *wanted_ = std::move(value);
        return scalar();
    }

    bool start_object(std::size_t /*size*/) override { return enter(); }
    bool start_array(std::size_t /*size*/) override { return enter(); }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }
    bool null() override { return scalar(); }
    bool boolean(bool /*value*/) override { return scalar(); }
    bool number_integer(number_integer_t /*value*/) override { return scalar(); }
    bool number_unsigned(number_unsigned_t /*value*/) override { return scalar(); }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return scalar(); }
    bool binary(binary_t& /*value*/) override { return scalar(); }

    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const nlohmann::json::exception& /*error*/) override {
        problem = "the event is not JSON from byte " + std::to_string(position) + " on";
        return false;
    }

  private:
    bool enter() {
        wanted_ = nullptr;
        return ++depth_ <= deepest;
    }
    bool leave() {
        --depth_;
        return scalar();
    }
    bool scalar() {
        wanted_ = nullptr;
        return true;
    }

    int depth_ = 0;
    bool in_context_ = false;
    bool in_http_ = false;
    /// Where the value of the member that was just named belongs.
    std::optional<std::string>* wanted_ = nullptr;
};

}  // namespace

Result<Request> parse_event(std::string_view event) {
    Reader reader;
    if (!nlohmann::json::sax_parse(event, &reader)) {
        return failed(reader.problem.empty() ? "the event is nested too deeply" : reader.problem);
    }
    if (reader.http_method && reader.raw_path) {
        return Request{*std::move(reader.http_method), *std::move(reader.raw_path)};
    }
    if (reader.alb_http_method && reader.alb_path) {
        return Request{*std::move(reader.alb_http_method), *std::move(reader.alb_path)};
    }
    return failed(
        "the event is no HTTP request; it needs requestContext.http.method and rawPath (payload format 2.0), or "
        "httpMethod and path (load balancer)");
}

}  // namespace counter
