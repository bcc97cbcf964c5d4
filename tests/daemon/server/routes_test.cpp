// Routes: every path, every refusal, whole bodies.
#include "daemon/server/routes.h"

#include <doctest/doctest.h>

#include "tests/support/api_requests.h"

namespace tided::daemon {
namespace {

using testing::ask;
using testing::FakeControl;
using testing::get;
using testing::policy_view;
using testing::post;

constexpr const char* web_json =
    R"({"name":"web","pool":"web","provider":"kapsule","mode":"act","min":2,"max":40,"min_now":3,"max_now":30,)"
    R"("current":4,"ready":4,"desired":7,"pause":null,"approval":null,"trouble":null,"last_reason":"web: 4 -> 7 because rps is 712.5",)"
    R"("reasons":["rps is 712.5","at most +100% per 15s"],"metrics":[{"name":"rps",)"
    R"("source":"apps","target":100,"freshness":"fresh","value":712.5,"age_seconds":1.5}],)"
    R"("decided_at":"2027-01-15T08:00:00.000Z","decided_seconds_ago":2,"ups":3,"downs":2,)"
    R"("holds":1000,"refusals":1})";

TEST_CASE("healthy is healthy while the loop answers") {
    FakeControl control;
    const HttpReply answer = get(control, "/-/healthy");
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "text/plain; charset=utf-8");
    CHECK(answer.body == "healthy\n");
}

TEST_CASE("ready says what is missing") {
    FakeControl control;
    CHECK(get(control, "/-/ready").body == "ready\n");
    control.missing = {"source prom: connecting: refused", "provider kapsule: 401"};
    const HttpReply answer = get(control, "/-/ready");
    CHECK(answer.status == 503);
    CHECK(answer.body == "not ready\nsource prom: connecting: refused\nprovider kapsule: 401\n");
}

TEST_CASE("one policy as JSON") {
    FakeControl control;
    control.fleet.views = {policy_view("web")};
    const HttpReply answer = get(control, "/api/v1/policies/web");
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "application/json");
    CHECK(answer.body == std::string{web_json} + "\n");
}

TEST_CASE("what is not known is null in JSON, and why a metric has no value is said") {
    FakeControl control;
    PolicyView view;
    view.name = "new";
    view.metrics = {{.name = "rps",
                     .reading = Reading::absent(Absence::no_series),
                     .target = 1.5,
                     .source = "prom"}};
    CHECK(
        to_json(view, control.view.now) ==
        R"({"name":"new","pool":"","provider":"","mode":"","min":0,"max":0,"min_now":0,"max_now":0,)"
        R"("current":null,"ready":null,"desired":null,"pause":null,"approval":null,"trouble":null,"last_reason":null,"reasons":[],)"
        R"("metrics":[{"name":"rps","source":"prom","target":1.5,"freshness":"absent",)"
        R"("value":null,"age_seconds":null,"why":"no series matches the expression"}],)"
        R"("decided_at":null,"decided_seconds_ago":null,"ups":0,"downs":0,"holds":0,)"
        R"("refusals":0})");
}

TEST_CASE("all policies, none of them, and names that need escaping") {
    FakeControl control;
    CHECK(get(control, "/api/v1/policies").body == "{\"policies\":[]}\n");
    control.fleet.views = {policy_view("web"), policy_view("web")};
    CHECK(get(control, "/api/v1/policies").body ==
          std::string{"{\"policies\":[\n"} + web_json + ",\n" + web_json + "]}\n");
}

TEST_CASE("a template's instance is asked for by its encoded name") {
    FakeControl control;
    control.fleet.views = {policy_view("tenants[tenant=acme/eu]")};
    const HttpReply answer = get(control, "/api/v1/policies/tenants%5Btenant%3Dacme%2Feu%5D");
    CHECK(answer.status == 200);
    CHECK(get(control, "/api/v1/policies/web%5").body ==
          "{\"error\":\"the policy's name is badly percent-encoded\"}\n");
}

TEST_CASE("an unknown policy is not found, a near one is offered") {
    FakeControl control;
    control.fleet.views = {policy_view("web"), policy_view("checkout")};
    const HttpReply near = get(control, "/api/v1/policies/chekout");
    CHECK(near.status == 404);
    CHECK(near.body ==
          "{\"error\":\"there is no policy \\\"chekout\\\", did you mean \\\"checkout\\\"?\"}\n");
    CHECK(get(control, "/api/v1/policies/api").body ==
          "{\"error\":\"there is no policy \\\"api\\\"\"}\n");
    CHECK(post(control, "/api/v1/policies/wep/resume").status == 404);
    CHECK(control.orders.empty());
}

TEST_CASE("status as JSON") {
    FakeControl control;
    control.view.sources = {{.name = "prom",
                             .type = "prometheus",
                             .lanes = 2,
                             .failing = 1,
                             .last_error = "timed out after 5s"}};
    control.view.providers = {{.name = "kapsule", .type = "kubernetes", .last_error = ""}};
    control.view.frozen = "the clock jumped";
    CHECK(get(control, "/api/v1/status").body ==
          R"({"version":"0.1.0","mode":"dry-run","started":"2027-01-15T07:59:50.000Z",)"
          R"("now":"2027-01-15T08:00:02.000Z","uptime_seconds":12,)"
          R"("config":"/etc/tided/tided.toml","last_reload_successful":true,)"
          R"("last_reload_error":null,"frozen":"the clock jumped","policies":0,)"
          R"("sources":[{"name":"prom","type":"prometheus","lanes":2,"failing":1,)"
          R"("last_error":"timed out after 5s"}],"providers":[{"name":"kapsule",)"
          R"("type":"kubernetes","last_error":null}],"open_steps":0,"state_backlog":0})"
          "\n");
}

TEST_CASE("decisions: the journal, newest first, as asked") {
    FakeControl control;
    Event event;
    event.kind = EventKind::decision;
    event.at = control.view.now;
    event.policy = "web";
    event.pool = "web";
    event.text = "web: 4 -> 7";
    event.step = "3-17";
    event.from = {4};
    event.to = {7};
    event.reasons = {"rps is 712"};
    control.journal = {event};
    const HttpReply answer =
        get(control, "/api/v1/decisions?policy=web&since=2027-01-15T08%3A00%3A00Z&limit=7");
    CHECK(answer.body ==
          "{\"decisions\":[\n"
          R"({"at":"2027-01-15T08:00:02.000Z","kind":"decision","severity":"info","policy":"web",)"
          R"("pool":"web","text":"web: 4 -> 7","step":"3-17","from":4,"to":7,)"
          R"("reasons":["rps is 712"]})"
          "]}\n");
    CHECK(control.asked.policy == "web");
    CHECK(control.asked.since == TimePoint{std::chrono::seconds{1'800'000'000}});
    CHECK_FALSE(control.asked.until.has_value());
    CHECK(control.asked.limit == 7);
    get(control, "/api/v1/decisions?since=1h&until=1800000001.5");
    CHECK(control.asked.since == control.view.now - std::chrono::hours{1});
    CHECK(control.asked.until == TimePoint{std::chrono::milliseconds{1'800'000'001'500}});
    CHECK(control.asked.limit == 100);
}

TEST_CASE("decisions: bad parameters are refused in a sentence") {
    FakeControl control;
    struct Row {
        const char* query;
        const char* sentence;
    };
    const Row rows[] = {
        {"limit=0", R"(limit: \"0\" is no whole number above 0)"},
        {"limit=-1", R"(limit: \"-1\" is no whole number above 0)"},
        {"limit=5x", R"(limit: \"5x\" is no whole number above 0)"},
        {"limit=1001", "limit is at most 1000"},
        {"since=soon",
         R"(since: \"soon\" is no instant: expected RFC 3339 (2026-11-22T08:00:00Z), seconds since )"
         "1970, or how long ago (2h)"},
        {"since=2026-13-01T00:00:00Z",
         R"(since: \"2026-13-01T00:00:00Z\" is no instant: expected RFC 3339 (2026-11-22T08:00:00Z), )"
         "seconds since 1970, or how long ago (2h)"},
        {"polcy=web", R"(parameter \"polcy\" is unknown: expected policy, since, until or limit)"},
        {"policy=a&policy=b", R"(parameter \"policy\" is given twice)"},
        {"policy=%zz", "the query is badly percent-encoded"},
    };
    for (const Row& row : rows) {
        INFO(row.query);
        const HttpReply answer = get(control, std::string{"/api/v1/decisions?"} + row.query);
        CHECK(answer.status == 400);
        CHECK(answer.body == std::string{"{\"error\":\""} + row.sentence + "\"}\n");
    }
}

TEST_CASE("pause: with an end, an instant, or until resumed") {
    FakeControl control;
    control.fleet.views = {policy_view("web")};
    const std::string path = "/api/v1/policies/web/pause";
    CHECK(post(control, path, R"({"reason":"maintenance","for":"2h"})").body ==
          "{\"paused\":\"web\",\"until\":\"2027-01-15T10:00:02.000Z\"}\n");
    CHECK(post(control, path, R"({"reason":"x","until":"2027-01-15T09:00:00+01:00"})").status ==
          400);
    CHECK(post(control, path, R"({"reason":"x","until":"2027-01-16T09:00:00+01:00"})").body ==
          "{\"paused\":\"web\",\"until\":\"2027-01-16T08:00:00.000Z\"}\n");
    CHECK(post(control, path, R"({"reason":"x"})").body == "{\"paused\":\"web\",\"until\":null}\n");
    CHECK(post(control, path).body == "{\"paused\":\"web\",\"until\":null}\n");
    CHECK(control.orders ==
          std::vector<std::string>{
              "pause web by uid=1000(alice) until 2027-01-15T10:00:02.000Z: maintenance",
              "pause web by uid=1000(alice) until 2027-01-16T08:00:00.000Z: x",
              "pause web by uid=1000(alice) until resumed: x",
              "pause web by uid=1000(alice) until resumed: "});
}

TEST_CASE("pause: a bad body is refused in a sentence") {
    FakeControl control;
    control.fleet.views = {policy_view("web")};
    struct Row {
        const char* body;
        const char* sentence;
    };
    const Row rows[] = {
        {"x", R"(the body must be JSON such as {\"reason\":\"…\"})"},
        {"[]", R"(the body must be JSON such as {\"reason\":\"…\"})"},
        {R"({"reason":3})", R"(\"reason\" must be a string)"},
        {R"({"reason":"x","fro":"2h"})",
         R"(\"fro\" is unknown: expected \"reason\", \"for\" or \"until\")"},
        {R"({"reason":"x","for":"2h","until":"2030-01-01T00:00:00Z"})",
         R"(\"for\" and \"until\" exclude each other)"},
        {R"({"reason":"x","until":"2020-01-01T00:00:00Z"})",
         "the order would end before it begins"},
        {R"({"reason":"x","for":"0s"})", "the order would end before it begins"},
    };
    for (const Row& row : rows) {
        INFO(row.body);
        const HttpReply answer = post(control, "/api/v1/policies/web/pause", row.body);
        CHECK(answer.status == 400);
        CHECK(answer.body == std::string{"{\"error\":\""} + row.sentence + "\"}\n");
    }
    CHECK(post(control, "/api/v1/policies/web/pause", R"({"reason":"x","for":"soon"})").status ==
          400);
    CHECK(control.orders.empty());
}

TEST_CASE("resume and reload reach the daemon with their owner") {
    FakeControl control;
    control.fleet.views = {policy_view("web")};
    CHECK(post(control, "/api/v1/policies/web/resume").body == "{\"resumed\":\"web\"}\n");
    control.warnings = {"tided.toml:3:1: warning: no pool uses provider 'k'"};
    CHECK(post(control, "/-/reload").body ==
          R"({"reloaded":true,"warnings":["tided.toml:3:1: warning: no pool uses provider 'k'"]})"
          "\n");
    CHECK(control.orders ==
          std::vector<std::string>{"resume web by uid=1000(alice)", "reload by uid=1000(alice)"});
    control.answer = fail(ErrorCode::invalid_input, "tided.toml:3:1: error: unknown key 'mni'");
    const HttpReply refused = post(control, "/-/reload");
    CHECK(refused.status == 400);
    CHECK(refused.body == "{\"error\":\"tided.toml:3:1: error: unknown key 'mni'\"}\n");
    control.answer = fail(ErrorCode::conflict, "a reload is already under way");
    CHECK(post(control, "/-/reload").status == 409);
}

TEST_CASE("orders need the right to give them") {
    FakeControl control;
    control.fleet.views = {policy_view("web")};
    HttpRequest request{.method = "POST",
                        .target = "/-/reload",
                        .accept = {},
                        .content_type = "application/json",
                        .body = {},
                        .peer = "10.0.0.7:50112"};
    const HttpReply refused = ask(control, request);
    CHECK(refused.status == 403);
    CHECK(refused.body ==
          "{\"error\":\"orders are taken on the control socket; over TCP only with a bearer "
          "credential or a client CA configured\"}\n");
    request.authorised = true;
    request.content_type = "text/plain";
    CHECK(ask(control, request).status == 415);
    CHECK(control.orders.empty());
    request.content_type = "application/json; charset=utf-8";
    CHECK(ask(control, request).status == 200);
    CHECK(control.orders == std::vector<std::string>{"reload by 10.0.0.7:50112"});
    request.content_type.clear();
    request.by_bearer = true;  // no browser adds that by itself
    CHECK(ask(control, request).status == 200);
}

TEST_CASE("wrong methods and unknown paths") {
    FakeControl control;
    const HttpReply method = post(control, "/metrics");
    CHECK(method.status == 405);
    CHECK(method.body == "{\"error\":\"method POST is not served here, only GET, HEAD\"}\n");
    CHECK(method.headers ==
          std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, HEAD"}});
    CHECK(get(control, "/-/reload").status == 405);
    CHECK(get(control, "/-/reload").headers ==
          std::vector<std::pair<std::string, std::string>>{{"Allow", "POST"}});
    CHECK(get(control, "/").body == "{\"error\":\"there is nothing at /\"}\n");
    CHECK(get(control, "/api/v1/policies/").status == 404);
    CHECK(get(control, "/api/v1/policies/web/stop").status == 404);
}

TEST_CASE("metrics: the format follows Accept") {
    FakeControl control;
    struct Row {
        const char* accept;
        bool open_metrics;
    };
    const Row rows[] = {
        {"", false},
        {"*/*", false},
        {"text/plain", false},
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
         "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         true},
        {"application/openmetrics-text; version=0.0.1", false},
        {"application/openmetrics-text;q=0.3, text/plain;q=0.9", false},
        {"application/openmetrics-text;q=0", false},
        {"application/openmetrics-text, */*", true},
    };
    for (const Row& row : rows) {
        INFO(row.accept);
        const HttpReply answer = get(control, "/metrics", row.accept);
        CHECK(answer.content_type ==
              (row.open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                : "text/plain; version=0.0.4; charset=utf-8"));
        CHECK(answer.body.ends_with("# EOF\n") == row.open_metrics);
    }
}

TEST_CASE("JSON is valid UTF-8 whatever the text was") {
    Event event;
    event.kind = EventKind::pool_note;
    event.text = "caf\xc3\xa9 \xff\xc0\x80 \"q\" \\ \n\x01";
    CHECK(to_json(event) ==
          "{\"at\":\"1970-01-01T00:00:00.000Z\",\"kind\":\"pool_note\",\"severity\":\"info\","
          "\"text\":\"caf\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \\\"q\\\" \\\\ "
          "\\n\\u0001\"}");
}

}  // namespace
}  // namespace tided::daemon
