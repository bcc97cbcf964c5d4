// Orders beyond pause and resume (routes_test.cpp): approve, brake, release.
#include "daemon/server/orders.h"

#include <doctest/doctest.h>

#include "tests/support/api_requests.h"

namespace tided::daemon {
namespace {

using testing::FakeControl;
using testing::get;
using testing::post;

TEST_CASE("approve: a count, for an hour unless told otherwise") {
    FakeControl control;
    control.fleet.views = {testing::policy_view("web")};
    const std::string path = "/api/v1/policies/web/approve";
    CHECK(post(control, path, R"({"to":40,"reason":"match day"})").body ==
          "{\"approved\":\"web\",\"to\":40,\"until\":\"2027-01-15T09:00:02.000Z\"}\n");
    CHECK(post(control, path, R"({"to":0,"for":"5m"})").status == 200);
    CHECK(control.orders ==
          std::vector<std::string>{
              "approve web by uid=1000(alice) to 40 until 2027-01-15T09:00:02.000Z: match day",
              "approve web by uid=1000(alice) to 0 until 2027-01-15T08:05:02.000Z: "});
}

TEST_CASE("approve: a bad body is refused in a sentence") {
    FakeControl control;
    control.fleet.views = {testing::policy_view("web")};
    struct Row {
        const char* body;
        const char* sentence;
    };
    const Row rows[] = {
        {"{}", R"(\"to\" is missing: the count up to which steps are approved)"},
        {R"({"to":-1})", R"(\"to\" must be a number of replicas)"},
        {R"({"to":"40"})", R"(\"to\" must be a number of replicas)"},
        {R"({"to":2147483648})", R"(\"to\" must be a number of replicas)"},
        {R"({"to":4,"from":2})",
         R"(\"from\" is unknown: expected \"to\", \"reason\", \"for\" or \"until\")"},
        {R"({"to":4,"until":"2020-01-01T00:00:00Z"})", "the order would end before it begins"},
        {R"({"to":4,"for":"53w"})", R"(\"for\": '53w' is longer than 366d)"},
    };
    for (const Row& row : rows) {
        INFO(row.body);
        const HttpReply answer = post(control, "/api/v1/policies/web/approve", row.body);
        CHECK(answer.status == 400);
        CHECK(answer.body == std::string{"{\"error\":\""} + row.sentence + "\"}\n");
    }
    CHECK(post(control, "/api/v1/policies/wbe/approve", R"({"to":4})").status == 404);
    CHECK(control.orders.empty());
}

TEST_CASE("approve: it can be withdrawn") {
    FakeControl control;
    control.fleet.views = {testing::policy_view("web")};
    CHECK(post(control, "/api/v1/policies/web/withdraw").body == "{\"withdrawn\":\"web\"}\n");
    CHECK(control.orders == std::vector<std::string>{"withdraw web by uid=1000(alice)"});
}

TEST_CASE("brake and release reach the daemon with their owner") {
    FakeControl control;
    control.fleet.views = {testing::policy_view("web")};
    CHECK(post(control, "/-/brake", R"({"reason":"INC-7"})").body == "{\"braked\":true}\n");
    CHECK(post(control, "/-/brake").status == 200);
    CHECK(post(control, "/-/release").body == "{\"released\":true}\n");
    CHECK(control.orders == std::vector<std::string>{"brake by uid=1000(alice): INC-7",
                                                     "brake by uid=1000(alice): ",
                                                     "release by uid=1000(alice)"});
    CHECK(post(control, "/-/brake", R"({"for":"2h"})").body ==
          "{\"error\":\"\\\"for\\\" is unknown: expected \\\"reason\\\"\"}\n");
    control.answer = fail(ErrorCode::conflict, "the brake is not pulled");
    CHECK(post(control, "/-/release").status == 409);
}

TEST_CASE("explain: at an instant, now without one; what the daemon says is the answer") {
    FakeControl control;
    control.fleet.views = {testing::policy_view("web")};
    CHECK(get(control, "/api/v1/policies/web/explain?at=2027-01-15T07:00:00Z").body ==
          "{\"at\":\"then\"}\n");
    CHECK(get(control, "/api/v1/policies/gone/explain").status == 200);
    CHECK(get(control, "/api/v1/policies/web/explain?at=soon").status == 400);
    CHECK(get(control, "/api/v1/policies/web/explain?when=1").body ==
          "{\"error\":\"the only parameter is \\\"at\\\"\"}\n");
    CHECK(control.orders == std::vector<std::string>{"explain web at 2027-01-15T07:00:00.000Z",
                                                     "explain gone at 2027-01-15T08:00:02.000Z"});
    control.answer = fail(ErrorCode::not_found, "the journal has no decision of web");
    CHECK(get(control, "/api/v1/policies/web/explain").status == 404);
}

}  // namespace
}  // namespace tided::daemon
