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
    /// What was read, once it is.
    Result<Request> take() {
        if (http_method_ && raw_path_) return Request{*std::move(http_method_), *std::move(raw_path_)};
        if (alb_http_method_ && alb_path_)
            return Request{*std::move(alb_http_method_), *std::move(alb_path_)};
        return failed(
            "the event is not an HTTP request; it needs requestContext.http.method and rawPath (payload "
            "format "
            "2.0), "
            "or httpMethod and path (load balancer)");
    }

    /// Why reading ended early.
    [[nodiscard]] Error problem() const { return {problem_}; }

    bool key(string_t& name) override {
        if (depth_ == 1) {
            in_context_ = name == "requestContext";
            in_http_ = false;
            wanted_ = name == "rawPath"      ? &raw_path_
                      : name == "path"       ? &alb_path_
                      : name == "httpMethod" ? &alb_http_method_
                                             : nullptr;
        } else if (depth_ == 2 && in_context_) {
            in_http_ = name == "http";
        } else if (depth_ == 3 && in_http_ && name == "method") {
            wanted_ = &http_method_;
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
        problem_ = "the event is not JSON from byte " + std::to_string(position) + " on";
        return false;
    }

  private:
    bool enter() {
        wanted_ = nullptr;
        if (++depth_ <= deepest) return true;
        problem_ = "the event is nested too deeply";
        return false;
    }
    bool leave() {
        --depth_;
        return scalar();
    }
    bool scalar() {
        wanted_ = nullptr;
        return true;
    }

    std::optional<std::string> raw_path_, http_method_;      // payload 2.0
    std::optional<std::string> alb_path_, alb_http_method_;  // the load balancer's
    std::string problem_;
    int depth_ = 0;
    bool in_context_ = false;
    bool in_http_ = false;
    /// Where the value of the member that was just named belongs.
    std::optional<std::string>* wanted_ = nullptr;
};

}  // namespace

Result<Request> parse_event(std::string_view event) {
    Reader reader;
    if (!nlohmann::json::sax_parse(event, &reader)) return tl::unexpected(reader.problem());
    return reader.take();
}

}  // namespace counter
