#include "s3.hpp"

#include <algorithm>
#include <thread>

namespace counter {

namespace {

/// New rounds begin until this has passed, not until some number of rounds: of fifty callers on one key each
/// wins at last, but after how many is not known. Below the router's 15 s.
constexpr std::chrono::seconds rounds{12};
/// The ceiling of the first pause. Most conflicts are with one other writer who is then done, so it is well
/// below the 60–90 ms of a round inside a region.
constexpr std::chrono::duration<double> first_pause = std::chrono::milliseconds(20);
/// The ceiling of all later ones. One writer wins per round whatever the pauses; these keep most of fifty
/// callers off the wire, and leave each some twenty tries.
constexpr std::chrono::duration<double> longest_pause = std::chrono::seconds(1);
/// Or so many rounds as the last one was: callers who share a processor make each other's rounds long, and
/// fewer at a time are through sooner. Never beyond `rounds`: then no pause is longer than what is left.
constexpr int pause_rounds = 20;

constexpr std::string_view hash_of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Why a 200 is not taken for S3's, which sends an ETag each time: for example a proxy's page.
constexpr const char* no_etag = "the answer has no ETag, so it is not S3's";

constexpr long ok = 200;
constexpr long not_found = 404;
constexpr long conflict = 409;
constexpr long precondition_failed = 412;

/// With a newline, which proves to the next reader that nothing of it is missing.
std::string body(std::uint64_t count) { return std::to_string(count) + "\n"; }

/// RFC 3986's unreserved characters and the slash stay; libcurl's own escaping would take the slash.
std::string escaped_path(std::string_view key) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    std::string out;
    for (const char c : key) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        (out += '%') += hex[byte >> 4U];
        out += hex[byte & 0xFU];
    }
    return out;
}

}  // namespace

std::string object_url(const AwsConfig& config, const StoreUrl& store) {
    const auto key = "/" + escaped_path(store.key);
    if (config.endpoint) return *config.endpoint + "/" + store.place + key;
    const auto host = "s3." + config.region + "." + dns_suffix(config.region);
    if (store.place.find('.') != std::string::npos) return "https://" + host + "/" + store.place + key;
    return "https://" + store.place + "." + host + key;
}

S3::S3(const AwsConfig& config, const StoreUrl& store, Update update)
    : client_(config, "s3"),
      update_(update),
      url_(object_url(config, store)),
      place_("s3://" + store.place + "/" + store.key),
      get_headers_(client_.headers()),
      ceiling_(first_pause) {
    get_headers_.add("x-amz-content-sha256: " + std::string(hash_of_nothing));
}

Result<std::uint64_t> S3::add(std::uint64_t n, Deadline deadline) {
    return update_ == Update::atomic ? add_atomically(n, deadline) : read_then_write(n, deadline);
}

Result<std::uint64_t> S3::add_atomically(std::uint64_t n, Deadline deadline) {
    const auto rounds_end = Clock::now() + rounds;
    auto known = std::exchange(seen_, std::nullopt);
    for (unsigned attempts = 1;; ++attempts) {
        const bool remembered = known.has_value();
        const auto begun = Clock::now();
        if (!known) {
            auto got = get(deadline);
            if (!got) return tl::unexpected(got.error());
            known = *std::move(got);
        }
        auto written = put_if_unchanged(*known, n, deadline);
        if (!written) return tl::unexpected(written.error());
        known.reset();
        if (auto& after = *written) {
            const auto count = after->count;
            if (attempts == 1) {
                ceiling_ = std::max(ceiling_ / 2, first_pause);
                // With others around, the next call had better read first.
                seen_ = std::move(after);
            }
            return count;
        }
        // What was remembered is old, which does not mean that others write now: read at once.
        if (remembered) continue;
        if (Clock::now() >= std::min(rounds_end, deadline)) {
            return failed("other writers won all " + std::to_string(attempts) + " rounds on " + place_);
        }
        std::this_thread::sleep_for(pause(rounds_end, Clock::now() - begun));
    }
}

/// How long to keep off a contended key. Full jitter: who has just met is spread over the whole pause. And
/// the less time is left, the shorter: who has lost often goes first.
std::chrono::duration<double> S3::pause(Deadline rounds_end, std::chrono::duration<double> round) {
    const std::chrono::duration<double> left = rounds_end - Clock::now();
    const auto longest =
        std::clamp<std::chrono::duration<double>>(round * pause_rounds, longest_pause, rounds);
    const auto ceiling = std::exchange(ceiling_, std::min(ceiling_ * 2, longest));
    return jitter_.below(ceiling * (left / rounds));
}

Result<S3::Seen> S3::get(Deadline deadline) {
    const auto status = client_.call(http::Method::get, url_, get_headers_, {}, deadline);
    if (!status) return tl::unexpected(read_failed(place_, status.error()));
    // A missing bucket is 404 too.
    if (*status == not_found && client_.body().find("<Code>NoSuchKey</Code>") != std::string_view::npos) {
        return Seen{0, std::nullopt};
    }
    if (*status != ok) return tl::unexpected(read_failed(place_, client_.refusal(*status)));
    auto text = client_.body();
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
    } else if (client_.header("content-length").empty()) {
        // The connection's end ends a body without a length, so that 1234 may be the beginning of 12345.
        // Objects written before the newline was are read by their length, which S3 always sends.
        return tl::unexpected(
            read_failed(place_, {"the answer has neither a Content-Length nor a newline after the count"}));
    }
    const auto count = parse_count(place_, text);
    if (!count) return tl::unexpected(count.error());
    const auto etag = client_.header("etag");
    if (etag.empty()) return tl::unexpected(read_failed(place_, {no_etag}));
    return Seen{*count, std::string(etag)};
}

/// An attempt whose answer was lost and that is repeated meets its own write: a conflict, after which
/// everything is read again. Numbers are skipped, none repeated.
Result<std::optional<S3::Seen>> S3::put_if_unchanged(const Seen& before, std::uint64_t n, Deadline deadline) {
    const auto count = sum(before.count, n);
    if (!count) return tl::unexpected(count.error());
    auto headers = put_headers();
    headers.add(before.etag ? "if-match: " + *before.etag : "if-none-match: *");
    const auto status = client_.call(http::Method::put, url_, headers, body(*count), deadline);
    if (!status) return tl::unexpected(write_failed(place_, status.error()));
    switch (*status) {
        case ok: {
            const auto etag = client_.header("etag");
            if (etag.empty()) return tl::unexpected(write_failed(place_, {no_etag}));
            return Seen{*count, std::string(etag)};
        }
        case precondition_failed:  // changed since
        case conflict:             // being changed
            return std::nullopt;
        case not_found:
            // Deleted since; without If-Match it is the bucket that is missing.
            if (before.etag) return std::nullopt;
            [[fallthrough]];
        default:
            return tl::unexpected(write_failed(place_, client_.refusal(*status)));
    }
}

/// What the original study did: read, add here, write.
Result<std::uint64_t> S3::read_then_write(std::uint64_t n, Deadline deadline) {
    const auto before = get(deadline);
    if (!before) return tl::unexpected(before.error());
    auto count = sum(before->count, n);
    // A readiness check must not undo what others write meanwhile.
    if (!count || n == 0) return count;
    const auto status = client_.call(http::Method::put, url_, put_headers(), body(*count), deadline);
    if (!status) return tl::unexpected(write_failed(place_, status.error()));
    if (*status != ok) return tl::unexpected(write_failed(place_, client_.refusal(*status)));
    if (client_.header("etag").empty()) return tl::unexpected(write_failed(place_, {no_etag}));
    return count;
}

/// AWS's own C++ SDK does not sign these twenty bytes either: TLS protects them.
http::Headers S3::put_headers() const {
    auto headers = client_.headers();
    headers.add("content-type: application/octet-stream");
    headers.add("x-amz-content-sha256: UNSIGNED-PAYLOAD");
    return headers;
}

}  // namespace counter
