// The table of the contract, and how failures are reported.
#include "router.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace counter {
namespace {

using nlohmann::json;

/// A store that counts in memory, or fails, and remembers its calls.
class Memory final : public Store {
  public:
    explicit Memory(std::uint64_t count, bool fails = false) : count_(count), fails_(fails) {}

    Result<std::uint64_t> add(std::uint64_t n, Deadline deadline) override {
        added.push_back(n);
        left = left_until(deadline);
        if (fails_) return failed("secret");
        return count_ += n;
    }

    std::vector<std::uint64_t> added;
    std::chrono::milliseconds left{};

  private:
    std::uint64_t count_;
    bool fails_;
};

constexpr std::chrono::hours far{1};

/// Status, headers in alphabetical order, body.
std::string answer(Store& store, const std::string& request, std::vector<std::string>* lines = nullptr) {
    Router router(store, [&](std::string_view line) {
        if (lines != nullptr) lines->emplace_back(line);
    });
    const auto space = request.find(' ');
    const auto parsed =
        json::parse(router.answer({request.substr(0, space), request.substr(space + 1)}, Clock::now() + far));
    EXPECT_EQ(parsed.size(), 4U);
    EXPECT_EQ(parsed["isBase64Encoded"], false);
    std::string text = parsed["statusCode"].dump() + " |";
    for (const auto& [name, value] : parsed["headers"].items()) {
        text += " " + name + ": " + value.get<std::string>() + " |";
    }
    return text + " " + parsed["body"].get<std::string>();
}

const std::string problem = "cache-control: no-store | content-type: application/problem+json | ";
const std::string not_found_head = "404 | " + problem;
const std::string not_found = not_found_head + R"({"type":"about:blank","title":"Not Found","status":404})";
const std::string refused = R"({"type":"about:blank","title":"Method Not Allowed","status":405})";
const std::string counts_only_head = "405 | allow: GET, POST | " + problem;
const std::string counts_only = counts_only_head + refused;
const std::string not_implemented =
    "501 | " + problem + R"({"type":"about:blank","title":"Not Implemented","status":501})";
const std::string reads_only = "405 | allow: GET, HEAD | " + problem + refused;
const std::string page_head =
    "200 | content-type: text/html; charset=utf-8 | x-content-type-options: nosniff | ";
const std::string page = page_head + std::string(page_html);
const std::string hits = "200 | cache-control: no-store | content-type: text/plain; charset=utf-8 | 42";
const std::string pass_head = "200 | cache-control: no-store | content-type: application/health+json | ";

TEST(Router, AnswersEveryRequestWithTheBytesOfTheContract) {
    for (const auto& [request, expected] : std::initializer_list<std::pair<std::string, std::string>>{
             {"GET /", page},
             {"HEAD /", page_head},
             {"GET /hits", hits},
             {"POST /hits", hits},
             {"GET /healthz", pass_head + R"({"status":"pass"})"},
             {"HEAD /healthz", pass_head},
             {"GET /readyz", pass_head + R"({"status":"pass"})"},
             {"HEAD /readyz", pass_head},
             {"POST /", reads_only},
             {"get /", not_implemented},
             {"FOO /hits", not_implemented},
             {"PROPFIND /nowhere", not_implemented},
             {"DELETE /healthz", reads_only},
             {"POST /readyz", reads_only},
             {"PUT /hits", counts_only},
             {"OPTIONS /hits", counts_only},
             {"HEAD /hits", counts_only_head},
             {"GET /hits/", not_found},
             {"GET /Hits", not_found},
             {"GET /docs", not_found},
             {"GET /openapi.json", not_found},
             {"GET ", not_found},
             {"POST /nowhere", not_found},
             {"HEAD /nowhere", not_found_head}}) {
        Memory store(41);
        EXPECT_EQ(answer(store, request), expected) << request;
    }
}

TEST(Router, IsNotReadyOnceNoHitCanBeCounted) {
    Memory store(std::numeric_limits<std::uint64_t>::max());
    std::vector<std::string> lines;
    const std::string fail_head = "503 | cache-control: no-store | content-type: application/health+json | ";
    EXPECT_EQ(answer(store, "GET /readyz", &lines), fail_head + R"({"status":"fail"})");
    EXPECT_EQ(lines, (std::vector<std::string>{"ERROR not ready: the count would pass 2^64 - 1"}));
}

TEST(Router, ReportsAFailingStoreByItsStatusAloneAndLogsTheRest) {
    Memory store(0, true);
    std::vector<std::string> lines;
    EXPECT_EQ(answer(store, "GET /hits", &lines),
              "503 | " + problem + R"({"type":"about:blank","title":"Service Unavailable","status":503})");
    const std::string fail_head = "503 | cache-control: no-store | content-type: application/health+json | ";
    EXPECT_EQ(answer(store, "GET /readyz", &lines), fail_head + R"({"status":"fail"})");
    EXPECT_EQ(answer(store, "HEAD /readyz", &lines), fail_head);
    EXPECT_EQ(answer(store, "GET /healthz", &lines), pass_head + R"({"status":"pass"})");
    EXPECT_EQ(answer(store, "GET /", &lines), page);
    EXPECT_EQ(lines, (std::vector<std::string>{"ERROR no number: secret", "ERROR not ready: secret",
                                               "ERROR not ready: secret"}));
}

TEST(Router, UsesNoNumberUpUnlessItCounts) {
    Memory store(0);
    for (const auto* const request : {"GET /healthz", "HEAD /hits", "HEAD /healthz", "GET /readyz",
                                      "HEAD /readyz", "PUT /hits", "GET /"}) {
        static_cast<void>(answer(store, request));
    }
    EXPECT_EQ(store.added, (std::vector<std::uint64_t>{0, 0}));
}

TEST(Router, GivesTheStoreFifteenSecondsOrFiveOrWhatItHasItself) {
    using std::chrono::seconds;
    Memory store(0);
    static_cast<void>(answer(store, "GET /hits"));
    EXPECT_GT(store.left, seconds(14));
    EXPECT_LE(store.left, seconds(15));
    static_cast<void>(answer(store, "GET /readyz"));
    EXPECT_GT(store.left, seconds(4));
    EXPECT_LE(store.left, seconds(5));
    Router router(store, [](std::string_view) {});
    static_cast<void>(router.answer({"GET", "/hits"}, Clock::now() + seconds(2)));
    EXPECT_LE(store.left, seconds(2));
}

}  // namespace
}  // namespace counter
