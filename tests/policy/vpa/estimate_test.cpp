// Estimate, History and recommend: from samples to what containers should be given.
#include "policy/vpa/estimate.h"

#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "policy/vpa/amount.h"
#include "policy/vpa/meter.h"
#include "policy/vpa/recommend.h"

namespace {

using namespace tided;
using namespace tided::policy::vpa;
using namespace std::chrono_literals;

const TimePoint start = from_unix_seconds(1'767'571'200);
constexpr Resources nothing{};

/// Half a core and 600 MiB, once a minute.
Aggregate steady(int samples, const Settings& settings = Settings::strict()) {
    Aggregate aggregate{settings};
    for (int i = 0; i < samples; ++i) {
        aggregate.add_cpu(start + i * 1min, MilliCpu{500});
    }
    if (samples > 0) {
        aggregate.apply({.add = Bytes{629145600}, .at = start + 24h});
    }
    return aggregate;
}

TEST_CASE("amount: cut toward zero, clamped, NaN below all") {
    CHECK(amount_of(1.999) == 1);
    CHECK(amount_of(-3.0) == 0);
    CHECK(amount_of(1e15) == 100'000'000'000'000);
    CHECK(amount_of(std::numeric_limits<double>::infinity()) == max_amount);
    CHECK(amount_of(std::nan("")) == std::numeric_limits<std::int64_t>::min());
    CHECK(cpu_of_cores(0.0209999) == MilliCpu{20});
}

TEST_CASE("estimate: bounds close in on the target as confidence grows") {
    const struct {
        std::string name;
        int samples;
        MilliCpu lower;
        MilliCpu upper;
    } rows[] = {{"two samples", 2, {98}, {845867}},
                {"5 minutes", 5, {317}, {211907}},
                {"an hour", 60, {559}, {14913}},
                {"a day", 1440, {585}, {1174}}};
    for (const auto& row : rows) {
        INFO(row.name);
        const Estimate estimated = estimate(steady(row.samples), Settings::strict(), nothing);
        CHECK(estimated.target.cpu == MilliCpu{587});
        CHECK(estimated.lower.cpu == row.lower);
        CHECK(estimated.upper.cpu == row.upper);
        CHECK(estimated.target.memory == Bytes{764046746});
    }
}

TEST_CASE("estimate: without confidence everything is between the minimum and the largest") {
    const Resources minimum{.cpu = {25}, .memory = {1000}};
    const Estimate one = estimate(steady(1), Settings::strict(), minimum);
    CHECK(one.upper == Resources{.cpu = {max_amount}, .memory = {max_amount}});
    CHECK(one.lower == minimum);
    const Estimate none = estimate(steady(0), Settings::strict(), minimum);
    CHECK(none == Estimate{.target = minimum, .lower = minimum, .upper = minimum});
}

TEST_CASE("estimate: margin and percentiles are the policy's") {
    Settings settings = Settings::strict();
    settings.margin = {0.5};
    CHECK(estimate(steady(60), settings, nothing).target.cpu == MilliCpu{766});
    settings.margin = {0.0};
    settings.cpu.target_percentile = 0.0;
    Aggregate aggregate = steady(60);
    aggregate.add_cpu(start + 2h, MilliCpu{10});
    CHECK(estimate(aggregate, settings, nothing).target.cpu == MilliCpu{20});
}

TEST_CASE("minimum: shared evenly, cut") {
    CHECK(share_of_minimum(Settings{}, 1) == Resources{.cpu = {25}, .memory = {262144000}});
    CHECK(share_of_minimum(Settings{}, 3) == Resources{.cpu = {8}, .memory = {87381333}});
}

// ---- classes of days ----

Settings apart() {
    Settings settings;
    settings.separate_days = true;
    return settings;
}

/// Two workdays at 2 cores, then `rest` samples of a rest day at 100 m.
History week(int rest) {
    History history{apart()};
    for (int i = 0; i < 2 * 1440; ++i) {
        history.of(DayClass::workday).add_cpu(start + i * 1min, MilliCpu{2000});
    }
    for (int i = 0; i < rest; ++i) {
        history.of(DayClass::rest_day).add_cpu(start + 48h + i * 1min, MilliCpu{100});
    }
    return history;
}

TEST_CASE("days: a class with confidence speaks for itself") {
    History history = week(1441);
    Aggregate scratch{apart()};
    CHECK(history.considered(DayClass::workday, apart(), scratch).samples == 2880);
    CHECK(history.considered(DayClass::rest_day, apart(), scratch).samples == 1441);
    CHECK(estimate(history.considered(DayClass::rest_day, apart(), scratch), apart(), nothing)
              .target.cpu < MilliCpu{150});
}

TEST_CASE("days: both are pooled while a class has too little") {
    History history = week(60);
    Aggregate scratch{apart()};
    CHECK(history.considered(DayClass::rest_day, apart(), scratch).samples == 2940);
    CHECK(estimate(history.considered(DayClass::rest_day, apart(), scratch), apart(), nothing)
              .target.cpu > MilliCpu{2000});
    CHECK(history.considered(DayClass::workday, apart(), scratch).samples == 2880);
}

TEST_CASE("days: strictly there is one class, whatever is said") {
    History history{Settings::strict()};
    history.of(DayClass::rest_day).add_cpu(start, MilliCpu{100});
    CHECK(history.of(DayClass::workday).samples == 1);
}

// ---- post-processing ----

Amounts amounts(std::int64_t cpu, std::int64_t memory) {
    return {.cpu = Amount{cpu}, .memory = Amount{memory}};
}

std::vector<Recommendation> of_one(const Settings& settings) {
    static ByContainer containers;
    containers.clear();
    containers.emplace("main", steady(1440, settings));
    return recommend(containers, settings);
}

TEST_CASE("recommend: a container without a policy") {
    const auto all = of_one(Settings::strict());
    REQUIRE(all.size() == 1);
    CHECK(all[0] == Recommendation{.container = "main",
                                   .target = amounts(587, 764046746),
                                   .lower = amounts(585, 762519882),
                                   .upper = amounts(1174, 1528624448),
                                   .uncapped = amounts(587, 764046746)});
}

TEST_CASE("recommend: multiples, then whole cores, then the policy's bounds") {
    Settings settings = Settings::strict();
    settings.cpu.multiple_of = 50;
    settings.memory.multiple_of = 1'000'000;
    CHECK(of_one(settings)[0].target == amounts(600, 765'000'000));
    settings.whole_cores = {"main"};
    CHECK(of_one(settings)[0].uncapped == amounts(1000, 765'000'000));
    settings.containers = {{.container = "main", .max_allowed = {.cpu = Amount{700}}}};
    CHECK(of_one(settings)[0].target == amounts(700, 765'000'000));
    CHECK(of_one(settings)[0].uncapped == amounts(1000, 765'000'000));
}

TEST_CASE("recommend: bounds of zero are none, max beats min, what is missing is filled") {
    const struct {
        std::string name;
        Amounts min;
        Amounts max;
        Amounts elsewhere;
        Amounts target;
    } rows[] = {
        {"raised", amounts(700, 0), {}, {}, amounts(700, 764046746)},
        {"max beats min", amounts(900, 900), amounts(800, 800), {}, amounts(800, 800)},
        {"zero is none", amounts(0, 0), amounts(0, 0), {}, amounts(587, 764046746)},
        {"filled", {}, {.cpu = Amount{500}}, amounts(100, 100), amounts(500, 100)},
        {"zero is not filled", {}, amounts(0, 0), amounts(100, 100), amounts(587, 764046746)}};
    for (const auto& row : rows) {
        INFO(row.name);
        Settings settings = Settings::strict();
        settings.max_allowed = row.elsewhere;
        settings.containers = {{.container = "*", .min_allowed = row.min, .max_allowed = row.max}};
        CHECK(of_one(settings)[0].target == row.target);
    }
}

TEST_CASE("recommend: a container's own policy replaces that of all") {
    Settings settings = Settings::strict();
    settings.containers = {{.container = "main", .controls_memory = false},
                           {.container = "*", .is_off = true}};
    const auto all = of_one(settings);
    REQUIRE(all.size() == 1);
    CHECK(all[0].target == Amounts{.cpu = Amount{587}});
}

TEST_CASE("recommend: what is off has no share of the minimum") {
    ByContainer containers;
    for (const char* name : {"a", "b", "c"}) {
        containers.emplace(name, steady(0));
    }
    Settings settings = Settings::strict();
    settings.containers = {{.container = "b", .is_off = true}};
    const auto all = recommend(containers, settings);
    REQUIRE(all.size() == 2);
    CHECK(all[1].container == "c");
    CHECK(all[1].target.cpu == Amount{12});
    settings.containers = {{.container = "*", .is_off = true}};
    CHECK(recommend(containers, settings).empty());
}

TEST_CASE("rounded up: zero stays, and so does everything without a proper unit") {
    CHECK(rounded_up(101, 100) == 200);
    CHECK(rounded_up(100, 100) == 100);
    CHECK(rounded_up(0, 100) == 0);
    CHECK(rounded_up(7, 0) == 7);
    CHECK(rounded_up(7, -5) == 7);
    CHECK(rounded_up(max_amount, 1 << 30) >= max_amount);
}

}  // namespace
