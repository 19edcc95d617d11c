// What configuration values mean, and what a wrong one is answered with.
#include "config.hpp"

#include <gtest/gtest.h>

#include <map>

namespace counter {
namespace {

using Variables = std::map<std::string, std::string>;

const Variables complete{{"STORE", "s3://bucket/key"},
                         {"AWS_ACCESS_KEY_ID", "id"},
                         {"AWS_SECRET_ACCESS_KEY", "secret"},
                         {"AWS_REGION", "eu-west-2"},
                         {"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9"}};

Variables with(const std::string& name, const std::string& value) {
    auto variables = complete;
    variables[name] = value;
    return variables;
}

Result<Config> read(const Variables& variables) {
    return read_config(Scheme::s3, [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

std::string refused(const Variables& variables) {
    const auto config = read(variables);
    return config ? "accepted" : config.error().text;
}

TEST(StoreUrl, IsReadWithItsParts) {
    struct Case {
        const char* text;
        Scheme scheme;
        const char* place;
        const char* key;
    };
    for (const auto& [text, scheme, place, key] :
         {Case{"memory:", Scheme::memory, "", ""},
          Case{"file:///var/lib/counter/hits", Scheme::file, "", "/var/lib/counter/hits"},
          Case{"file:///a b%20c", Scheme::file, "", "/a b%20c"},
          Case{"dynamodb://counters/hits", Scheme::dynamodb, "counters", "hits"},
          Case{"dynamodb://a_b.c-d/x/y", Scheme::dynamodb, "a_b.c-d", "x/y"},
          Case{"s3://bucket/a/b/hits", Scheme::s3, "bucket", "a/b/hits"}}) {
        const auto url = parse_store_url(text);
        ASSERT_TRUE(url) << text;
        EXPECT_EQ(url->scheme, scheme) << text;
        EXPECT_EQ(url->place, place) << text;
        EXPECT_EQ(url->key, key) << text;
    }
}

TEST(StoreUrl, IsRefusedWithTheSchemesThereAre) {
    for (const auto* const wrong :
         {"memory", "memory:x", "Memory:", "redis://host/0", "file:hits", "file://hits", "file:///",
          "file:///dir/", "file://host/hits", "dynamodb://table", "dynamodb://table/", "dynamodb:///key",
          "s3://", "s3://bucket", "s3:bucket/key", "://", "/var/lib/hits", " memory:", ""}) {
        const auto url = parse_store_url(wrong);
        ASSERT_FALSE(url) << wrong;
        EXPECT_EQ(url.error().text, "STORE=\"" + std::string(wrong) +
                                        "\" names no store; use memory: or file:///var/lib/counter/hits or "
                                        "dynamodb://TABLE/KEY or s3://BUCKET/KEY");
    }
}

TEST(StoreUrl, IsRefusedInOneLineWhateverItHolds) {
    EXPECT_TRUE(
        parse_store_url("a\n\t\"\\\x1b").error().text.starts_with(R"(STORE="a\n\t\"\\\u{1b}" names)"));
}

TEST(Config, IsReadWithItsDefaults) {
    const auto config = read(complete);
    ASSERT_TRUE(config) << config.error().text;
    EXPECT_EQ(config->update, Update::atomic);
    EXPECT_EQ(config->aws.region, "eu-west-2");
    EXPECT_EQ(config->aws.session_token, std::nullopt);
    EXPECT_EQ(config->aws.endpoint, std::nullopt);
    EXPECT_EQ(read(with("COUNTER_UPDATE", ""))->update, Update::atomic);
    EXPECT_EQ(read(with("COUNTER_UPDATE", "read-then-write"))->update, Update::read_then_write);
    EXPECT_EQ(read(with("AWS_SESSION_TOKEN", "token"))->aws.session_token, "token");
}

TEST(Config, TakesTheServicesOwnEndpointFirst) {
    auto variables = with("AWS_ENDPOINT_URL", "http://all/");
    EXPECT_EQ(read(variables)->aws.endpoint, "http://all");
    variables["AWS_ENDPOINT_URL_DYNAMODB"] = "http://another";
    EXPECT_EQ(read(variables)->aws.endpoint, "http://all");
    variables["AWS_ENDPOINT_URL_S3"] = "http://s3";
    EXPECT_EQ(read(variables)->aws.endpoint, "http://s3");
}

TEST(Config, TakesTheDefaultRegionWhereNoOtherIsSet) {
    auto variables = with("AWS_REGION", "");
    variables["AWS_DEFAULT_REGION"] = "eu-west-3";
    EXPECT_EQ(read(variables)->aws.region, "eu-west-3");
}

TEST(Config, IsRefusedWithWhatIsMissing) {
    for (const auto* const name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}) {
        EXPECT_EQ(refused(with(name, "")), std::string(name) + " is not set; the s3 store needs it");
    }
    EXPECT_TRUE(refused(with("AWS_LAMBDA_RUNTIME_API", "")).starts_with("AWS_LAMBDA_RUNTIME_API is not set"));
}

TEST(Config, IsRefusedWithAnotherStore) {
    for (const auto* const store : {"", "memory:", "file:///hits", "dynamodb://table/key"}) {
        EXPECT_EQ(refused(with("STORE", store)), "this function needs STORE=s3://BUCKET/KEY");
    }
}

TEST(Config, IsRefusedWithAnotherWayToCount) {
    EXPECT_EQ(refused(with("COUNTER_UPDATE", "Atomic")),
              "COUNTER_UPDATE=\"Atomic\" is not a way to count; use atomic or read-then-write");
}

}  // namespace
}  // namespace counter
