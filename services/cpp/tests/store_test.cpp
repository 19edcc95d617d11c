// Counts at their limits, and where objects are.
#include "store.hpp"

#include <gtest/gtest.h>

#include "s3.hpp"

namespace counter {
namespace {

TEST(Count, IsDecimalDigitsAndNothingElse) {
    EXPECT_EQ(parse_count("place", "0"), 0U);
    EXPECT_EQ(parse_count("place", "18446744073709551615"), 18446744073709551615U);
    for (const auto* const wrong :
         {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616", "1\n", "x"}) {
        const auto count = parse_count("place", wrong);
        ASSERT_FALSE(count) << wrong;
        EXPECT_EQ(count.error().text, "place holds " + quoted(wrong) + " where a decimal count belongs");
    }
}

TEST(Count, DoesNotWrapAtItsEnd) {
    EXPECT_EQ(sum(18446744073709551614U, 1), 18446744073709551615U);
    EXPECT_EQ(sum(18446744073709551615U, 0), 18446744073709551615U);
    EXPECT_EQ(sum(18446744073709551615U, 1).error().text, "the count would pass 2^64 - 1");
}

TEST(ObjectUrl, IsPathStyleWithAnEndpointOrADotAndVirtualHostedElsewhere) {
    AwsConfig config{.access_key_id = {},
                     .secret_access_key = {},
                     .session_token = {},
                     .region = "eu-west-2",
                     .endpoint = {}};
    EXPECT_EQ(object_url(config, {Scheme::s3, "bucket", "a/b c"}),
              "https://bucket.s3.eu-west-2.amazonaws.com/a/b%20c");
    EXPECT_EQ(object_url(config, {Scheme::s3, "a.b", "k"}), "https://s3.eu-west-2.amazonaws.com/a.b/k");
    config.endpoint = "http://127.0.0.1:1";
    EXPECT_EQ(object_url(config, {Scheme::s3, "bucket", "k+é"}), "http://127.0.0.1:1/bucket/k%2B%C3%A9");
    config.endpoint.reset();
    config.region = "cn-north-1";
    EXPECT_EQ(object_url(config, {Scheme::s3, "bucket", "k"}),
              "https://bucket.s3.cn-north-1.amazonaws.com.cn/k");
}

}  // namespace
}  // namespace counter
