// The count as the attribute `hits` of one DynamoDB item, whose partition key is the string attribute `id`.
// One UpdateItem per call and no other permission. Must not know the environment.
#pragma once

#include "aws.hpp"

namespace counter {

class DynamoDb final : public Store {
  public:
    /// A missing item is 0. Makes no call.
    DynamoDb(const AwsConfig& config, const StoreUrl& store, Update update);

    [[nodiscard]] Result<std::uint64_t> add(std::uint64_t n, Deadline deadline) override;

  private:
    Result<std::uint64_t> add_atomically(std::uint64_t n, Deadline deadline);
    Result<std::uint64_t> read_then_write(std::uint64_t n, Deadline deadline);
    /// An operation that is answered 200.
    Result<void> call(const http::Headers& operation, std::string_view body, Deadline deadline);
    [[nodiscard]] http::Headers operation(std::string_view name) const;
    /// The number at `member` of the last answer; 0 where the member is missing and `or_zero`.
    Result<std::uint64_t> count(const char* member, bool or_zero) const;

    AwsClient client_;
    Update update_;
    std::string url_;
    std::string place_;
    /// The requests' bodies up to the number in them, and after it.
    std::string update_before_n_, put_before_n_, get_;
    http::Headers update_item_, get_item_, put_item_;
};

}  // namespace counter
