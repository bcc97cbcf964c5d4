// Decision records: what a decision was made of makes it again, for whatever policy, and damage is
// found.
#include "daemon/state/decision_record.h"

#include <doctest/doctest.h>

#include "daemon/recompute.h"
#include "policy/explain.h"
#include "tests/support/generated_policy.h"
#include "tests/support/policy_rig.h"

using namespace tided;
using namespace tided::daemon;
using namespace tided::policy;
using namespace tided::policy::generated;
using namespace std::chrono_literals;

namespace {

// A million decisions where the code is optimised; elsewhere (debug, sanitizers) fewer.
#ifdef NDEBUG
constexpr int series_count = 10'000;
#else
constexpr int series_count = 90;
#endif
constexpr int series_length = 100;

/// What the journal keeps of a decision made now; its readings are drawn at random.
Event told(PolicyRig& rig, RandomDraws& random, std::uint64_t rules) {
    std::vector<Reading> readings;
    for (const MetricSpec& metric : rig.spec.metrics) {
        readings.push_back(
            some_reading(random, random.below(60), metric, rig.observed.ready.count));
    }
    compute(rig.spec, readings);
    DecisionRecord record{
        .now = rig.now, .observed = rig.observed, .readings = readings, .state = rig.state};
    const Decision decision = rig.decide(readings);
    record.rules = rules;
    record.desired = decision.desired;
    Event event;
    event.kind = EventKind::decision;
    event.reasons = reasons(decision, rig.spec);
    event.record = encode(record);
    rig.carry_out(decision);
    rig.now += 15s;
    return event;
}

}  // namespace

TEST_CASE("records: every decision of generated policies comes out the same again") {
    RandomDraws random{7};
    for (int series = 0; series < series_count; ++series) {
        PolicyRig rig{some_policy(random), random.below(40)};
        rig.spec.schedule = some_schedule(random, rig.now);
        add_safety_nets(random, rig.spec);
        const config::Policy policy{.spec = rig.spec, .fingerprint = 42};
        for (int i = 0; i < series_length; ++i) {
            const Event event = told(rig, random, 42);
            const auto again = recompute(event, policy);
            if (!again || !again->same || !again->same_rules) {
                FAIL("series " << series << ", decision " << i);
            }
        }
    }
}

TEST_CASE("records: with other rules it says so, and that the number is another") {
    RandomDraws random{3};
    PolicyRig rig{{.name = "web",
                   .min = {1},
                   .max = {100},
                   .metrics = {{.name = "rps", .rule = Target{.amount = 10.0}}}},
                  4};
    Event event = told(rig, random, 1);
    config::Policy policy{.spec = rig.spec, .fingerprint = 2};
    policy.spec.min = {50};
    const auto again = recompute(event, policy);
    REQUIRE(again);
    CHECK_FALSE(again->same);
    CHECK_FALSE(again->same_rules);
    CHECK(again->text == "web: 4 -> 50 because the minimum is 50");
    event.record.clear();
    CHECK(recompute(event, policy).error().message == "no record was kept of this decision");
}

TEST_CASE("records: what is written is what is read; a cut one is refused") {
    const DecisionRecord record{
        .now = TimePoint{} + 1'800'000'000s,
        .observed = Observed{.replicas = {4}, .present = {3}, .ready = {2}},
        .readings = {Reading::of(0.1, 2s, 30s), Reading::absent(Absence::no_series)},
        .state = {.steps = {{TimePoint{} + 1s, {1}, {2}}}},
        .rules = 0xfedc'ba98'7654'3210,
        .desired = Replicas{7}};
    const std::string blob = encode(record);
    const auto again = decode_record(blob);
    REQUIRE(again);
    CHECK(*again == record);
    for (std::size_t length = 0; length < blob.size(); ++length) {
        CHECK_FALSE(decode_record(blob.substr(0, length)));
    }
    CHECK(decode_record(blob + "x").error().message ==
          "the record of a decision is cut or damaged");
    CHECK(decode_record("\x07").error().message ==
          "the record of a decision has an unknown format");
}
