// [policy.NAME.vertical]: every key arrives, and what is not written is what policy/vpa/ has.
#include <doctest/doctest.h>

#include "daemon/config/instance.h"
#include "daemon/config/load.h"

using namespace tided;
using namespace tided::config;
using namespace std::chrono_literals;
namespace joint = tided::policy::joint;
namespace vpa = tided::policy::vpa;

namespace {

Config sample() {
    return load(std::string{TIDED_TEST_CONFIG} + "/good/vertical.toml",
                {},
                TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}})
        .config;
}

const Vertical& vertical_of(const Config& config, std::size_t policy) {
    REQUIRE(config.policies.size() == 3);
    REQUIRE(config.policies[policy].vertical);
    return *config.policies[policy].vertical;
}

metrics::Query usage(std::string expression) {
    return {
        .expression = std::move(expression), .max_age = 5min, .extent = metrics::Extent::elements};
}

}  // namespace

TEST_CASE("vertical: what is not written is the recommender's default") {
    const Config config = sample();
    const Vertical& plain = vertical_of(config, 0);
    vpa::Settings standard;
    standard.containers = {{.container = "*"}};
    CHECK(plain.settings == standard);
    CHECK(plain.source == "apps");
    CHECK(plain.query(Usage::memory) == usage("process_resident_memory_bytes"));
    CHECK(plain.query(Usage::oom_kills) == usage(""));
    CHECK_FALSE(plain.asks(static_cast<std::size_t>(Usage::oom_kills)));
    CHECK(plain.instance.empty());
    CHECK(plain.container == "container");
    CHECK(plain.interval == 1min);
    CHECK(plain.zone == Zone{});
}

TEST_CASE("vertical: every key arrives") {
    const Config config = sample();
    const Vertical& web = vertical_of(config, 1);
    const vpa::SizingPolicy all{
        .container = "*",
        .min_allowed = {.cpu = vpa::Amount{100}, .memory = vpa::Amount{128 << 20}},
        .max_allowed = {.cpu = vpa::Amount{4000}, .memory = vpa::Amount{std::int64_t{8} << 30}}};
    const vpa::SizingPolicy sidecar{.container = "sidecar", .is_off = true};
    const vpa::SizingPolicy proxy{.container = "proxy",
                                  .controls_cpu = false,
                                  .min_allowed = {.memory = vpa::Amount{64 << 20}},
                                  .max_allowed = {.memory = vpa::Amount{256 << 20}}};
    const vpa::Settings settings{.cpu = {.target_percentile = 0.95,
                                         .lower_percentile = 0.6,
                                         .upper_percentile = 0.99,
                                         .half_life = 12h,
                                         .multiple_of = 10},
                                 .memory = {.target_percentile = 1.0,
                                            .lower_percentile = 0.5,
                                            .upper_percentile = 1.0,
                                            .half_life = 48h,
                                            .multiple_of = 1 << 20},
                                 .margin = Ratio{0.2},
                                 .pod_min_milli_cpu = 50.0,
                                 .pod_min_mebibytes = 100.0,
                                 .intake = {.interval = 12h},
                                 .containers = {all, sidecar, proxy}};
    CHECK(web.settings == settings);
    CHECK(web.query(Usage::cpu) == usage("sum by (host, part) (rate(cpu_seconds_total[1m]))"));
    CHECK(web.query(Usage::oom_kills) == usage("oom_kills_total"));
    CHECK(web.query(Usage::memory_request) == usage("memory_limit_bytes"));
    CHECK(web.query(Usage::start_time) == usage("start_time_seconds"));
    CHECK(web.instance == "host");
    CHECK(web.container == "part");
    CHECK(web.interval == 30s);
    // 23:30 UTC of a Friday is Saturday in Paris, in summer and in winter.
    for (const auto day : {std::chrono::year{2026} / 11 / 27, std::chrono::year{2030} / 7 / 5}) {
        const TimePoint late = TimePoint{std::chrono::sys_days{day}} + 23h + 30min;
        const auto local = std::chrono::floor<std::chrono::days>(web.zone.local_at(late));
        CHECK(std::chrono::weekday{local} == std::chrono::Saturday);
    }
}

TEST_CASE("vertical: every key of count and size together arrives, or its default") {
    const Config config = sample();
    CHECK_FALSE(vertical_of(config, 0).joint);
    const auto& joint = vertical_of(config, 1).joint;
    REQUIRE(joint);
    CHECK(joint->given == joint::Size{MilliCpu{1000}, Bytes{2LL << 30}});
    CHECK(joint->is_priced);
    const joint::Settings settings{
        .grid = {.cpu = joint::between(MilliCpu{250}, MilliCpu{4000}),
                 .memory = joint::between(Bytes{512LL << 20}, Bytes{8LL << 30})},
        .quota = {.cpu = MilliCpu{32'000}, .memory = Bytes{64LL << 30}},
        .target = Ratio{0.65},
        .idle = {0.05},
        .prices = {.core = 0.03, .gib = 0.004},
        .resizing = joint::Resizing::restart,
        .margin = Ratio{0.15},
        .size_interval = 6h,
        .watched = std::chrono::days{14},
        .learning = std::chrono::days{2}};
    CHECK(joint->settings == settings);
}

TEST_CASE("vertical: a Kubernetes profile sizes as upstream does, CPU alone without memory") {
    const Config config = sample();
    vpa::Settings strict = vpa::Settings::strict();
    strict.containers = {{.container = "*", .controls_memory = false}};
    CHECK(vertical_of(config, 2).settings == strict);
}

TEST_CASE("vertical: an instance of a template asks for its own") {
    const Config config = sample();
    REQUIRE(config.templates.size() == 1);
    const auto made = instance_of(config.templates[0], R"(a"b)");
    REQUIRE(made);
    REQUIRE(made->policy.vertical);
    CHECK(made->policy.vertical->query(Usage::cpu).expression ==
          R"(sum by (pod) (rate(cpu_seconds_total{tenant="a\"b"}[1m])))");
}
