// The count as the body of one S3 object, written only where it is still what was read. Must not know the
// environment.
#pragma once

#include <optional>

#include "aws.hpp"

namespace counter {

class S3 final : public Store {
  public:
    /// A missing object is 0. Makes no call.
    S3(const AwsConfig& config, const StoreUrl& store, Update update);

    [[nodiscard]] Result<std::uint64_t> add(std::uint64_t n, Deadline deadline) override;

  private:
    /// A count and the state of the object that holds it.
    struct Seen {
        std::uint64_t count;
        /// None: there is no object.
        std::optional<std::string> etag;
    };

    Result<std::uint64_t> add_atomically(std::uint64_t n, Deadline deadline);
    Result<std::uint64_t> read_then_write(std::uint64_t n, Deadline deadline);
    Result<Seen> get(Deadline deadline);
    /// What was left behind; nothing where another writer was faster.
    Result<std::optional<Seen>> put_if_unchanged(const Seen& before, std::uint64_t n, Deadline deadline);
    [[nodiscard]] std::chrono::duration<double> pause(Deadline rounds_end,
                                                      std::chrono::duration<double> round);
    /// Headers of a PUT; libcurl signs them all.
    [[nodiscard]] http::Headers put_headers() const;

    AwsClient client_;
    Update update_;
    std::string url_;
    std::string place_;
    http::Headers get_headers_;
    /// What the last undisturbed write left behind: the only writer needs no GET.
    std::optional<Seen> seen_;
    /// The ceiling of the next pause. Kept between calls, so that a newcomer is not sooner at the key than
    /// those who have waited.
    std::chrono::duration<double> ceiling_;
    Jitter jitter_;
};

/// The URL of an object: path style where an endpoint is set (it rarely has a name for every bucket) and
/// where the bucket's name has a dot (which AWS's certificates don't cover).
[[nodiscard]] std::string object_url(const AwsConfig& config, const StoreUrl& store);

}  // namespace counter
