#include "dynamodb.hpp"

#include <nlohmann/json.hpp>

namespace counter {

namespace {

constexpr std::string_view update_after_n = R"("}},"ReturnValues":"UPDATED_NEW"})";
constexpr std::string_view put_after_n = R"("}}})";

constexpr long ok = 200;

/// As a JSON string, quotes included.
std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string url_of(const AwsConfig& config) {
    if (config.endpoint) return *config.endpoint + "/";
    return "https://dynamodb." + config.region + "." + dns_suffix(config.region) + "/";
}

}  // namespace

DynamoDb::DynamoDb(const AwsConfig& config, const StoreUrl& store, Update update)
    : client_(config, "dynamodb"),
      update_(update),
      url_(url_of(config)),
      place_("dynamodb://" + store.place + "/" + store.key),
      update_item_(operation("UpdateItem")),
      get_item_(operation("GetItem")),
      put_item_(operation("PutItem")) {
    const auto table = R"({"TableName":)" + json_string(store.place);
    const auto id = R"({"id":{"S":)" + json_string(store.key) + "}";
    update_before_n_ = table + R"(,"Key":)" + id +
                       R"(},"UpdateExpression":"ADD hits :n","ExpressionAttributeValues":{":n":{"N":")";
    get_ = table + R"(,"Key":)" + id + "}}";
    put_before_n_ = table + R"(,"Item":)" + id + R"(,"hits":{"N":")";
}

Result<std::uint64_t> DynamoDb::add(std::uint64_t n, Deadline deadline) {
    return update_ == Update::atomic ? add_atomically(n, deadline) : read_then_write(n, deadline);
}

/// An ADD that timed out may have been done and is done again by a retry: that skips numbers and repeats
/// none, since only the last answer is read.
Result<std::uint64_t> DynamoDb::add_atomically(std::uint64_t n, Deadline deadline) {
    auto body = update_before_n_;
    body.append(std::to_string(n)).append(update_after_n);
    if (const auto updated = call(update_item_, body, deadline); !updated) {
        return tl::unexpected(write_failed(place_, updated.error()));
    }
    return count("/Attributes/hits/N", false);
}

/// What the original study did: read, add here, write.
Result<std::uint64_t> DynamoDb::read_then_write(std::uint64_t n, Deadline deadline) {
    if (const auto got = call(get_item_, get_, deadline); !got) {
        return tl::unexpected(read_failed(place_, got.error()));
    }
    auto before = count("/Item/hits/N", true);
    if (!before) return before;
    auto after = sum(*before, n);
    // A readiness check must not undo what others write meanwhile.
    if (!after || n == 0) return after;
    auto body = put_before_n_;
    body.append(std::to_string(*after)).append(put_after_n);
    if (const auto put = call(put_item_, body, deadline); !put) {
        return tl::unexpected(write_failed(place_, put.error()));
    }
    return after;
}

Result<void> DynamoDb::call(const http::Headers& operation, std::string_view body, Deadline deadline) {
    const auto status = client_.call(http::Method::post, url_, operation, body, deadline);
    if (!status) return tl::unexpected(status.error());
    if (*status != ok) return tl::unexpected(client_.refusal(*status));
    return {};
}

http::Headers DynamoDb::operation(std::string_view name) const {
    auto headers = client_.headers();
    headers.add("content-type: application/x-amz-json-1.0");
    headers.add("x-amz-target: DynamoDB_20120810." + std::string(name));
    return headers;
}

Result<std::uint64_t> DynamoDb::count(const char* member, bool or_zero) const {
    const auto answer = nlohmann::json::parse(client_.body(), nullptr, /*allow_exceptions=*/false);
    // Without an item there is no count yet; an item without a count is somebody else's.
    if (or_zero && answer.is_object() && !answer.contains("Item")) return 0;
    const nlohmann::json::json_pointer pointer(member);
    if (answer.is_object() && answer.contains(pointer) && answer.at(pointer).is_string()) {
        return parse_count(place_, answer.at(pointer).get_ref<const std::string&>());
    }
    return parse_count(place_, client_.body());
}

}  // namespace counter
