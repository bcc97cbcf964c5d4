// Capacity: what is learned of a load decides how many replicas there are beyond it.
#include "policy/capacity.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "policy/number.h"
#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

PolicySpec service() {
    PolicySpec spec{.name = "web", .min = {1}, .max = {100}};
    spec.metrics = {{.name = "rps", .rule = Capacity{.amount = 100.0}}};
    spec.behavior = {.up = {}, .down = {}};  // as config has it for a capacity
    return spec;
}

struct Service : PolicyRig {
    explicit Service(std::int32_t replicas, PolicySpec policy = service())
        : PolicyRig(std::move(policy), replicas) {}

    Decision after(double value, int ticks) {
        Decision last;
        for (int i = 0; i < ticks; ++i) {
            last = tick({value});
        }
        return last;
    }
    /// A tick without a reading.
    Decision blind(Duration step = 15s) {
        const Decision decision = decide({Reading::absent(Absence::source_failed)});
        now += step;
        return decision;
    }
    [[nodiscard]] const forecast::Memory& memory() const { return state.loads.at(0).memory; }
};

}  // namespace

TEST_CASE("capacity: a steady load is learned, and then needs hardly any room") {
    Service web{13};
    CHECK(web.explain(web.tick({1'000.0})) ==
          "web: stays at 13 because rps is 1000 (100 each; 12.5 replicas' worth is expected within "
          "1m with a headroom of 1.25)");
    CHECK(web.after(1'000.0, 300).desired == Replicas{11});
    CHECK(web.explain(web.decide({fresh(1'000.0)})) ==
          "web: stays at 11 because rps is 1000 (100 each; 10.1 replicas' worth is expected within "
          "1m1s with a headroom of 1.01)");
}

TEST_CASE("capacity: a new policy keeps what it finds for three minutes") {
    Service web{40};
    CHECK(web.explain(web.tick({1'000.0})) ==
          "web: stays at 40 because rps is 1000 (100 each; 12.5 replicas' worth is expected within "
          "1m with a headroom of 1.25; a fall must last, and be worth a step)");
    CHECK(web.tick({1'000.0}).desired == Replicas{13});
    Service small{14};
    CHECK(small.after(1'000.0, 11).desired == Replicas{14});
    CHECK(small.tick({1'000.0}).desired == Replicas{13});
}

TEST_CASE("capacity: what nearly suffices is left alone") {
    Service web{13};
    web.after(1'000.0, 4);
    CHECK(web.explain(web.tick({1'050.0})) ==
          "web: stays at 13 because rps is 1050 (100 each; 13.1 replicas' worth is expected within "
          "1m with a headroom of 1.25; that nearly suffices)");
}

TEST_CASE("capacity: a ramp up is met before it arrives, a ramp down followed after it") {
    Service web{13};
    web.after(1'000.0, 300);
    for (double load = 1'000.0; load < 3'000.0; load *= 1.01) {
        const Decision decision = web.tick({load});
        CHECK(decision.desired.count >= std::ceil(load / 100.0));
    }
    for (double load = 3'000.0; load > 1'000.0; load *= 0.99) {
        const Decision decision = web.tick({load});
        CHECK(decision.desired.count >= std::ceil(load / 100.0));
        CHECK(decision.desired.count <= std::ceil(1.45 * load / 100.0));
    }
}

TEST_CASE("capacity: a surge is told as one, and is over at once") {
    Service web{13};
    web.after(1'000.0, 300);
    CHECK(web.explain(web.tick({1'200.0})) ==
          "web: 11 -> 20 because rps is 1200 (100 each; 20 replicas' worth is expected within 1m "
          "because it surges)");
    CHECK(web.tick({1'200.0}).desired == Replicas{13});
}

TEST_CASE("capacity: noise moves nothing") {
    Service web{13};
    web.after(1'000.0, 300);
    int steps = 0;
    for (int i = 0; i < 400; ++i) {
        const Decision decision = web.tick({1'000.0 + (i * 37 % 21) - 10.0});
        steps += decision.direction() == Direction::hold ? 0 : 1;
    }
    CHECK(steps <= 2);
}

TEST_CASE("capacity: a gap in data holds, and teaches nothing") {
    Service web{13};
    web.after(1'000.0, 300);
    const LearnedLoad before = web.state.loads.at(0);
    CHECK(web.blind().desired == Replicas{11});
    CHECK(web.blind(10min).desired == Replicas{11});
    CHECK(web.state.loads.at(0) == before);
    CHECK(web.tick({1'000.0}).desired == Replicas{11});
}

TEST_CASE("capacity: traffic that vanishes is held for half an hour, then follows") {
    Service web{13};
    web.after(1'000.0, 300);
    CHECK(web.after(0.0, 33).desired == Replicas{11});
    CHECK(web.explain(web.decide({fresh(0.0)})) ==
          "web: stays at 11 because rps is 0 (100 each; traffic vanished, so 10.1 replicas' worth "
          "is held for 21m46s more)");
    CHECK(web.after(0.0, 85).desired == Replicas{11});
    CHECK(web.after(0.0, 5).desired == Replicas{1});
}

TEST_CASE("capacity: a partial reading is judged by the headroom, may raise, and teaches nothing") {
    Service web{13};
    web.after(1'000.0, 300);
    const LearnedLoad before = web.state.loads.at(0);
    Reading partial = fresh(3'000.0);
    partial.freshness = Freshness::partial;
    CHECK(web.explain(web.decide({partial})) ==
          "web: 11 -> 31 because rps is 3000 (100 each; 30.4 replicas' worth with a headroom of "
          "1.01) without the targets that do not answer");
    partial.value = 100.0;
    CHECK(web.decide({partial}).desired == Replicas{11});
    CHECK(web.state.loads.at(0) == before);
}

TEST_CASE("capacity: the largest of several metrics wins, one without a reading lowers nothing") {
    PolicySpec spec = service();
    spec.metrics.push_back({.name = "jobs", .rule = Capacity{.amount = 10.0}});
    Service web{20, spec};
    for (int i = 0; i < 300; ++i) {
        web.tick({1'000.0, 150.0});
    }
    CHECK(web.observed.replicas == Replicas{16});
    CHECK(web.state.loads.size() == 2);
    const auto absent = Reading::absent(Absence::source_failed);
    CHECK(web.decide({fresh(1'000.0), absent}).desired == Replicas{16});
    web.now += 15s;
    CHECK(web.decide({fresh(2'000.0), absent}).desired > Replicas{20});
}

TEST_CASE("capacity: values that are no load") {
    const StrategyRig rig{Capacity{.amount = 100.0}, 4};
    CHECK(rig.count(-5.0) == 0);
    CHECK(rig.count(0.0) == 0);
    CHECK(rig.count(1e300) == std::numeric_limits<std::int32_t>::max());
    Service web{4};
    CHECK(web.tick({-5.0}).desired == Replicas{4});
    CHECK(web.tick({1e300}).desired == Replicas{100});
    CHECK(web.tick({std::numeric_limits<double>::quiet_NaN()}).desired == Replicas{100});
    CHECK(std::isfinite(web.memory().history.ago(0)));
}

TEST_CASE("capacity: the count stays within its bounds, and the load is learned outside of them") {
    Service web{3};
    web.spec.min = {5};
    web.spec.max = {12};
    CHECK(web.tick({1'000.0}).desired == Replicas{5});
    CHECK(web.memory().history.size == 1);
    CHECK(web.tick({9'000.0}).desired == Replicas{12});
    CHECK(web.after(10.0, 200).desired == Replicas{5});
}

TEST_CASE("capacity: the last replica goes after three minutes without load") {
    Service web{1};
    web.spec.min = {0};
    web.after(40.0, 100);
    CHECK(web.after(0.0, 11).desired == Replicas{1});
    CHECK(web.after(0.0, 4).desired == Replicas{0});
    CHECK(web.tick({30.0}).desired == Replicas{1});
}

TEST_CASE("capacity: idle is who had nothing to do for five minutes, and nothing that is held") {
    Service web{13};
    web.spec.min = {2};
    web.spec.idle = Replicas{0};
    web.after(50.0, 100);
    CHECK(web.observed.replicas == Replicas{2});
    CHECK(web.after(0.0, 19).desired == Replicas{2});
    CHECK(web.after(0.0, 2).desired == Replicas{0});
    CHECK(web.tick({30.0}).desired == Replicas{2});
    web.after(1'000.0, 100);
    CHECK(web.after(0.0, 119).desired > Replicas{10});
    CHECK(web.after(0.0, 4).desired == Replicas{0});
}

TEST_CASE("capacity: how long a start takes is learned, and is the horizon") {
    Service web{13};
    CHECK(start_time(web.state) == std::nullopt);
    web.after(1'000.0, 100);
    const auto look = [&](std::int32_t ready) {
        web.observed = {.replicas = {20}, .present = {20}, .ready = {ready}};
        static_cast<void>(web.decide({fresh(1'500.0)}));
        web.now += 15s;
    };
    for (int i = 0; i < 12; ++i) {
        look(13);
    }
    CHECK(start_time(web.state) == std::nullopt);
    look(20);
    CHECK(start_time(web.state) == 3min + 15s);
    look(20);
    CHECK(web.state.loads[0].foreseen.outlook.within == 3min + 16s);
}

TEST_CASE("capacity: another capacity is another scale, habits stay") {
    Service web{13};
    web.after(1'000.0, 300);
    const forecast::Memory before = web.memory();
    web.spec.metrics[0].rule = Capacity{.amount = 50.0};
    web.tick({1'000.0});
    CHECK(web.memory().history.size == 1);
    CHECK(web.memory().headroom.total == before.headroom.total);
    CHECK(web.memory().recurrence.first_bin == before.recurrence.first_bin);
}

TEST_CASE("capacity: a clock that jumps changes nothing but the calendar's place") {
    Service web{13};
    web.after(1'000.0, 300);
    web.after(0.0, 20);
    Service other = web;
    other.now += 3h;
    rebase(other.state, 3h);
    for (int i = 0; i < 150; ++i) {
        CHECK(web.tick({0.0}).desired == other.tick({0.0}).desired);
    }
    CHECK(web.observed.replicas == Replicas{1});
}

TEST_CASE(
    "capacity: after a long stop the first reading lets nothing go, of what is gone nothing is "
    "kept") {
    Service web{13};
    web.after(1'000.0, 300);
    web.state.loads.push_back({.metric = "gone"});
    web.now += 2h;
    resume(web.spec, web.state, web.now);
    CHECK(web.state.loads.size() == 1);
    CHECK(web.tick({300.0}).desired == Replicas{11});
    CHECK(web.tick({300.0}).desired == Replicas{4});
    CHECK(web.memory().headroom.total > 250.0F);
}

TEST_CASE(
    "capacity: a load that stays at the activation threshold is idle, though no float is it") {
    Service web{3};
    web.spec.idle = Replicas{0};
    web.spec.metrics[0].rule = Capacity{.amount = 1.0};
    for (const double load : {0.1, 0.7, 3.3, 1e6 + 0.1}) {
        INFO(load);
        web.state = {};
        web.observed = all_ready(3);
        web.spec.metrics[0].activate_above = load;
        CHECK(web.explain(web.tick({load})) == "web: 3 -> 0 because rps is " + number(load) +
                                                   " (idle: not above " + number(load) + ")");
    }
}
