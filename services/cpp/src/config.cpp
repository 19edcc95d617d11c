#include "config.hpp"

#include <utility>

namespace counter {

namespace {

/// What differs between the two services in the environment and in messages.
struct Service {
    const char* name;
    const char* url;
    const char* endpoint_variable;
};

constexpr Service dynamodb{"dynamodb", "dynamodb://TABLE/KEY", "AWS_ENDPOINT_URL_DYNAMODB"};
constexpr Service s3{"s3", "s3://BUCKET/KEY", "AWS_ENDPOINT_URL_S3"};

class Reader {
  public:
    Reader(const Variable& variable, const Service& service) : variable_(variable), service_(service) {}

    [[nodiscard]] std::optional<std::string> optional(const char* name) const {
        auto value = variable_(name);
        return value && value->empty() ? std::nullopt : value;
    }

    [[nodiscard]] Result<std::string> required(const char* name) const {
        if (auto value = optional(name)) {
            return *std::move(value);
        }
        return failed(std::string(name) + " is not set; the " + service_.name + " store needs it");
    }

    [[nodiscard]] Result<AwsConfig> aws() const {
        auto id = required("AWS_ACCESS_KEY_ID");
        if (!id) return tl::unexpected(id.error());
        auto secret = required("AWS_SECRET_ACCESS_KEY");
        if (!secret) return tl::unexpected(secret.error());
        auto region = optional("AWS_REGION");
        if (!region) region = optional("AWS_DEFAULT_REGION");
        if (!region) return tl::unexpected(required("AWS_REGION").error());
        auto endpoint = optional(service_.endpoint_variable);
        if (!endpoint) endpoint = optional("AWS_ENDPOINT_URL");
        while (endpoint && endpoint->ends_with('/')) endpoint->pop_back();
        return AwsConfig{*std::move(id), *std::move(secret), optional("AWS_SESSION_TOKEN"),
                         *std::move(region), std::move(endpoint)};
    }

  private:
    const Variable& variable_;
    const Service& service_;
};

Result<Update> parse_update(const std::optional<std::string>& word) {
    if (!word || *word == "atomic") return Update::atomic;
    if (*word == "read-then-write") return Update::read_then_write;
    return failed("COUNTER_UPDATE=" + quoted(*word) +
                  " is not a way to count; use atomic or read-then-write");
}

}  // namespace

Result<StoreUrl> parse_store_url(std::string_view text) {
    const auto wrong = [text] {
        return failed("STORE=" + quoted(text) +
                      " names no store; use memory: or file:///var/lib/counter/hits "
                      "or dynamodb://TABLE/KEY or s3://BUCKET/KEY");
    };
    constexpr std::string_view separator = "://";
    if (text == "memory:") return StoreUrl{Scheme::memory, {}, {}};
    const auto end = text.find(separator);
    if (end == std::string_view::npos) return wrong();
    const auto scheme = text.substr(0, end);
    const auto rest = text.substr(end + separator.size());
    if (scheme == "file" && rest.starts_with('/') && !rest.ends_with('/')) {
        return StoreUrl{Scheme::file, {}, std::string(rest)};
    }
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == rest.size()) return wrong();
    std::string place{rest.substr(0, slash)};
    std::string key{rest.substr(slash + 1)};
    if (scheme == "dynamodb") return StoreUrl{Scheme::dynamodb, std::move(place), std::move(key)};
    if (scheme == "s3") return StoreUrl{Scheme::s3, std::move(place), std::move(key)};
    return wrong();
}

Result<Config> read_config(Scheme scheme, const Variable& variable) {
    const Service& service = scheme == Scheme::s3 ? s3 : dynamodb;
    const Reader reader(variable, service);
    const auto store_text = reader.optional("STORE");
    auto store = store_text ? parse_store_url(*store_text) : StoreUrl{Scheme::memory, {}, {}};
    if (!store) return tl::unexpected(store.error());
    const auto update = parse_update(reader.optional("COUNTER_UPDATE"));
    if (!update) return tl::unexpected(update.error());
    if (store->scheme != scheme) return failed(std::string("this function needs STORE=") + service.url);
    auto aws = reader.aws();
    if (!aws) return tl::unexpected(aws.error());
    auto runtime_api = reader.optional("AWS_LAMBDA_RUNTIME_API");
    if (!runtime_api) {
        return failed(
            "AWS_LAMBDA_RUNTIME_API is not set; Lambda sets it: run this function there, or in the lab");
    }
    return Config{*std::move(store), *update, *std::move(aws), *std::move(runtime_api)};
}

}  // namespace counter
