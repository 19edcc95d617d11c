// The typed configuration, checked before anything starts. Must not read the process's environment itself:
// main passes it in, and so does a test. The wording is the same in every language.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "result.hpp"

namespace counter {

/// Gives the value of an environment variable; empty counts as not set.
using Variable = std::function<std::optional<std::string>(const char* name)>;

/// How a store adds.
enum class Update {
    /// Exact under concurrency.
    atomic,
    /// Read, add, write: two calls, lost updates. What the original study did.
    read_then_write,
};

enum class Scheme { memory, file, dynamodb, s3 };

/// Where the count lives: the value of STORE. The same text that it was read from.
struct StoreUrl {
    Scheme scheme;
    /// The table or bucket; empty for the others.
    std::string place;
    /// The item or object, which may contain slashes; the path of a file.
    std::string key;
};

/// What every call to AWS needs.
struct AwsConfig {
    std::string access_key_id;
    std::string secret_access_key;
    std::optional<std::string> session_token;
    std::string region;
    /// Without a slash at its end; none: AWS's own.
    std::optional<std::string> endpoint;
};

struct Config {
    StoreUrl store;
    Update update;
    AwsConfig aws;
    /// Address and port of the Runtime API.
    std::string runtime_api;
};

[[nodiscard]] Result<StoreUrl> parse_store_url(std::string_view text);

/// The configuration of a function that is built for `scheme` and no other store; or the first value that
/// can't be used, as one line with what to write instead.
[[nodiscard]] Result<Config> read_config(Scheme scheme, const Variable& variable);

}  // namespace counter
