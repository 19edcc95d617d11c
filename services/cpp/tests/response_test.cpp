// What a function returns, byte for byte.
#include "response.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace counter {
namespace {

std::string encoded(const Response& response) {
    std::string out = "what was before";
    encode(response, out);
    return out;
}

TEST(Response, IsTheDocumentThatFrontsExpect) {
    EXPECT_EQ(
        encoded(response::count("42")),
        R"({"statusCode":200,"headers":{"content-type":"text/plain; charset=utf-8","cache-control":"no-store"},)"
        R"("body":"42","isBase64Encoded":false})");
    EXPECT_EQ(
        encoded(response::health(false)),
        R"({"statusCode":503,"headers":{"content-type":"application/health+json","cache-control":"no-store"},)"
        R"("body":"{\"status\":\"fail\"}","isBase64Encoded":false})");
    EXPECT_EQ(
        encoded(response::only_get_and_post()),
        R"({"statusCode":405,"headers":{"allow":"GET, POST","content-type":"application/problem+json",)"
        R"("cache-control":"no-store"},"body":"{\"type\":\"about:blank\",\"title\":\"Method Not Allowed\",)"
        R"(\"status\":405}","isBase64Encoded":false})");
}

TEST(Response, HasThePageAsItIsOnDisk) {
    std::ostringstream page;
    page << std::ifstream(COUNTER_PAGE, std::ios::binary).rdbuf();
    ASSERT_GT(page.str().size(), 1000U);
    EXPECT_EQ(nlohmann::json::parse(encoded(response::page()))["body"], page.str());
}

}  // namespace
}  // namespace counter
