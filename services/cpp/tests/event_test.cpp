// Both forms of events, and what is none.
#include "event.hpp"

#include <gtest/gtest.h>

namespace counter {
namespace {

std::string read(std::string_view event) {
    const auto request = parse_event(event);
    return request ? request->method + " " + request->path : request.error().text;
}

TEST(Event, IsReadInPayloadFormat2) {
    EXPECT_EQ(read(R"({"version":"2.0","routeKey":"$default","rawPath":"/hits","rawQueryString":"",
        "headers":{"host":"test","path":"/no","httpMethod":"PUT"},"cookies":["a=b"],
        "requestContext":{"accountId":"1","stage":"$default","authorizer":{"http":{"method":"DELETE"}},
        "http":{"method":"GET","path":"/other","protocol":"HTTP/1.1","sourceIp":"127.0.0.1"},
        "timeEpoch":1583348638390},"isBase64Encoded":false})"),
              "GET /hits");
}

TEST(Event, IsReadInTheLoadBalancersForm) {
    EXPECT_EQ(
        read(R"({"requestContext":{"elb":{"targetGroupArn":"arn"}},"httpMethod":"HEAD","path":"/healthz",
        "queryStringParameters":{"path":"/no"},"headers":{"httpMethod":"PUT"},"body":"","isBase64Encoded":false})"),
        "HEAD /healthz");
}

TEST(Event, IsReadWithEscapesAndInAnyOrder) {
    EXPECT_EQ(read(R"({"requestContext":{"http":{"method":"POST"}},"rawPath":"\/\u00e9"})"), "POST /é");
}

TEST(Event, IsRefusedWhereItIsNoRequest) {
    for (const auto* const event : {"{}", "[]", "null", "3", R"("text")", R"({"rawPath":"/hits"})",
                                    R"({"httpMethod":"GET"})", R"({"path":"/hits","httpMethod":null})",
                                    R"({"rawPath":["/hits"],"requestContext":{"http":{"method":1}}})",
                                    R"({"rawPath":"/","requestContext":{"http":["method","GET"]}})",
                                    R"([{"path":"/hits","httpMethod":"GET"}])"}) {
        EXPECT_TRUE(read(event).starts_with("the event is not an HTTP request; it needs "))
            << event << read(event);
    }
}

TEST(Event, IsRefusedWhereItIsNotJson) {
    EXPECT_EQ(read(""), "the event is not JSON from byte 1 on");
    EXPECT_EQ(read("{\"a\":"), "the event is not JSON from byte 6 on");
    EXPECT_EQ(read("{} x"), "the event is not JSON from byte 4 on");
    EXPECT_EQ(read("{\"a\":\"\xff\"}"), "the event is not JSON from byte 7 on");
    EXPECT_EQ(read(std::string(1000, '[')), "the event is nested too deeply");
}

}  // namespace
}  // namespace counter
