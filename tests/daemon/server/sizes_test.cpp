// Recommended sizes as others see them: the API, the metrics, checkpoints out and in.
#include <doctest/doctest.h>

#include "daemon/server/orders.h"
#include "daemon/size_view.h"
#include "policy/vpa/amount.h"
#include "tests/support/api_requests.h"

namespace tided::daemon {
namespace {

namespace vpa = policy::vpa;
using testing::FakeControl;
using testing::get;
using testing::post;

SizeView sizes() {
    return {
        .containers = {{.container = "app",
                        .target = {.cpu = vpa::Amount{400}, .memory = vpa::Amount{1 << 28}},
                        .lower = {.cpu = vpa::Amount{25}, .memory = vpa::Amount{1 << 28}},
                        .upper = {.cpu = vpa::Amount{400}, .memory = vpa::Amount{vpa::max_amount}},
                        .uncapped = {.cpu = vpa::Amount{587}, .memory = vpa::Amount{1 << 28}},
                        .samples = 3,
                        .first_sample = TimePoint{std::chrono::seconds{1'800'000'000}},
                        .confidence = 0.25,
                        .reasons = {"why"}},
                       {.container = "side", .target = {.cpu = vpa::Amount{1000}}}},
        .trouble = "cpu_usage: no series matches the expression"};
}

std::string lines_with(const std::string& text, const std::string& word) {
    std::string found;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin) + 1;
        const std::string line = text.substr(begin, end - begin);
        found += line.starts_with(word) ? line : "";
        begin = end;
    }
    return found;
}

TEST_CASE("sizes: a policy that sizes its instances shows what it knows, others nothing") {
    FakeControl control;
    control.fleet.views = {testing::policy_view("web")};
    const std::string path = "/api/v1/policies/web";
    CHECK(get(control, path).body.find("vertical") == std::string::npos);
    const SizeView nothing;
    control.fleet.views[0].sizes = &nothing;
    CHECK(get(control, path).body.find(R"("vertical":[],"vertical_trouble":null,)") !=
          std::string::npos);
    const SizeView known = sizes();
    control.fleet.views[0].sizes = &known;
    const std::string body = get(control, path).body;
    INFO(body);
    CHECK(
        body.find(R"("vertical":[{"container":"app",)"
                  R"("cpu_cores":{"target":0.4,"lower":0.025,"upper":0.4,"uncapped":0.587},)"
                  R"("memory_bytes":{"target":268435456,"lower":268435456,"upper":100000000000000,)"
                  R"("uncapped":268435456},"samples":3,"first_sample":"2027-01-15T08:00:00.000Z",)"
                  R"("confidence":0.25,"reasons":["why"]},{"container":"side",)"
                  R"("cpu_cores":{"target":1},"memory_bytes":{},)") != std::string::npos);
    CHECK(body.find(R"("vertical_trouble":"cpu_usage: no series matches the expression")") !=
          std::string::npos);
}

TEST_CASE("sizes: metrics by container and bound, none for what is not sized") {
    Telemetry telemetry;
    testing::FakePolicies policies;
    policies.views = {testing::policy_view("web"), testing::policy_view("xyz")};
    const SizeView known = sizes();
    policies.views[0].sizes = &known;
    const auto page = telemetry.page(Telemetry::Format::text_0_0_4, policies);
    std::string text;
    for (std::string chunk = page->next(); !chunk.empty(); chunk = page->next()) {
        text += chunk;
    }
    CHECK(lines_with(text, "tided_vertical") ==
          R"(tided_vertical_cpu_cores{policy="web",container="app",bound="target"} 0.4
tided_vertical_cpu_cores{policy="web",container="app",bound="lower"} 0.025
tided_vertical_cpu_cores{policy="web",container="app",bound="upper"} 0.4
tided_vertical_cpu_cores{policy="web",container="app",bound="uncapped"} 0.587
tided_vertical_cpu_cores{policy="web",container="side",bound="target"} 1
tided_vertical_memory_bytes{policy="web",container="app",bound="target"} 268435456
tided_vertical_memory_bytes{policy="web",container="app",bound="lower"} 268435456
tided_vertical_memory_bytes{policy="web",container="app",bound="upper"} 100000000000000
tided_vertical_memory_bytes{policy="web",container="app",bound="uncapped"} 268435456
tided_vertical_samples{policy="web",container="app"} 3
tided_vertical_samples{policy="web",container="side"} 0
)");
}

TEST_CASE("sizes: checkpoints are given to whoever asks, and taken as an order") {
    FakeControl control;
    control.fleet.views = {testing::policy_view("web")};
    control.known = {{.space = "", .vpa = "web", .container = "app"}};
    const HttpReply given = get(control, "/api/v1/policies/web/checkpoints");
    CHECK(given.status == 200);
    CHECK(get(control, "/api/v1/policies/wep/checkpoints").status == 404);
    const std::string path = "/api/v1/policies/web/import";
    CHECK(post(control, path, given.body).body == "{\"imported\":\"web\",\"containers\":1}\n");
    CHECK(control.orders == std::vector<std::string>{"import 1 into web by uid=1000(alice)"});
    const HttpReply refused = post(control, path, "{\"items\":[{}]}");
    CHECK(refused.status == 400);
    CHECK(refused.body ==
          "{\"error\":\"items[0].kind: expected VerticalPodAutoscalerCheckpoint\"}\n");
    CHECK(get(control, path).status == 405);
    CHECK(control.orders.size() == 1);
}

TEST_CASE("sizes: the shapes that were compared are shown with their prices") {
    using policy::joint::Priced;
    const auto shape = [](int replicas, int cpu, double price) {
        return Priced{.size = {.cpu = MilliCpu{cpu}, .memory = Bytes{1 << 28}},
                      .replicas = Replicas{replicas},
                      .price = {.hire = {price}}};
    };
    FakeControl control;
    control.fleet.views = {testing::policy_view("web")};
    SizeView known{.shape = ShapeView{.text = "not yet"}};
    control.fleet.views[0].sizes = &known;
    CHECK(get(control, "/api/v1/policies/web").body.find(R"("joint":{"text":"not yet"})") !=
          std::string::npos);
    known.shape->ranking = {.best = shape(6, 500, 0.25), .staying = shape(3, 1000, 0.5)};
    const std::string present = R"("present":{"replicas":3,"cpu_cores":1,"memory_bytes":268435456,)"
                                R"("price_per_hour":0.5},)";
    CHECK(get(control, "/api/v1/policies/web")
              .body.find(R"("joint":{"text":"not yet",)" + present +
                         R"("best":{"replicas":6,"cpu_cores":0.5,"memory_bytes":268435456,)"
                         R"("price_per_hour":0.25}})") != std::string::npos);
    known.shape->ranking->runner_up = shape(4, 750, 0.375);
    Telemetry telemetry;
    testing::FakePolicies policies;
    policies.views = {control.fleet.views[0], testing::policy_view("xyz")};
    const auto page = telemetry.page(Telemetry::Format::text_0_0_4, policies);
    std::string text;
    for (std::string chunk = page->next(); !chunk.empty(); chunk = page->next()) {
        text += chunk;
    }
    CHECK(lines_with(text, "tided_joint_price_per_hour{") ==
          R"(tided_joint_price_per_hour{policy="web",shape="present"} 0.5
tided_joint_price_per_hour{policy="web",shape="best"} 0.25
tided_joint_price_per_hour{policy="web",shape="runner_up"} 0.375
)");
    CHECK(lines_with(text, "tided_joint_replicas{") ==
          R"(tided_joint_replicas{policy="web",shape="present"} 3
tided_joint_replicas{policy="web",shape="best"} 6
tided_joint_replicas{policy="web",shape="runner_up"} 4
)");
    CHECK(lines_with(text, "tided_joint_cpu_cores{policy=\"web\",shape=\"best\"}") ==
          "tided_joint_cpu_cores{policy=\"web\",shape=\"best\"} 0.5\n");
    CHECK(lines_with(text, "tided_joint_memory_bytes{policy=\"web\",shape=\"best\"}") ==
          "tided_joint_memory_bytes{policy=\"web\",shape=\"best\"} 268435456\n");
}

}  // namespace
}  // namespace tided::daemon
