// Decision records: what a decision was made of makes it again, for whatever policy, and damage is
// found.
#include "daemon/state/decision_record.h"

#include <doctest/doctest.h>

#include "daemon/config/load.h"
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
    record.in_force = in_force(rig.spec, rig.now);
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

/// A policy of 1 to 60 without metrics, with what stands in `rest`.
config::Policy policy_with(const std::string& price, const std::string& rest, TimePoint now) {
    const config::Loaded loaded =
        config::load_text("tided.toml",
                          "[provider.local]\ntype = \"process_pool\"\n"
                          "[provider.local.facts]\nprice_per_hour = \"" +
                              price +
                              " EUR\"\n"
                              "[pool.web]\nprovider = \"local\"\ncommand = [\"/bin/true\"]\n"
                              "[policy.web]\npool = \"web\"\nmin = 1\nmax = 60\n"
                              "[policy.web.guards]\nmax_cost = \"4 EUR\"\n" +
                              rest,
                          {},
                          now);
    REQUIRE(loaded.diagnostics.empty());
    return loaded.config.policies.at(0);
}

const TimePoint monday = *parse_rfc3339("2024-12-02T00:00:00Z");

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

TEST_CASE("records: a schedule looked at months later gives the same") {
    const std::string always =
        "[[policy.web.schedule]]\ncron = \"0 * * * *\"\nfor = \"1h\"\nmin = 10\n"
        "[[policy.web.schedule]]\ndates = [\"2024-12-02\"]\nmin = 12\n";
    RandomDraws random{5};
    for (const Duration later : {0h, 24h * 30, 24h * 99, 24h * 150}) {
        config::Policy policy = policy_with("0.10", always, monday);
        PolicyRig rig{policy.spec, 4};
        rig.now = monday + 9h;
        const Event event = told(rig, random, policy.fingerprint);
        REQUIRE(event.reasons.size() == 1);
        CHECK(event.reasons[0] ==
              "the schedule '2024-12-02' (UTC) asks for at least 12 until 2024-12-03 00:00 UTC: "
              "12 instead of 4");
        rig.now = monday + 33h;
        const Event next = told(rig, random, policy.fingerprint);
        policy.spec.schedule = *config::table_for(*policy.schedules, monday + later);
        for (const Event& one : {event, next}) {
            const auto again = recompute(one, policy);
            REQUIRE(again);
            CHECK(again->reasons == one.reasons);
            CHECK(again->same);
            CHECK(again->same_rules);
        }
    }
}

TEST_CASE("records: another price, other days and another calendar are other rules") {
    const auto peak = [](const std::string& days) {
        return "[[policy.web.schedule]]\ncron = \"0 8 * * *\"\nfor = \"10h\"\nmin = 10\n"
               "except = [\"closed\"]\n[holidays.closed]\ndates = [\"" +
               days + "\"]\n";
    };
    RandomDraws random{5};
    const config::Policy policy = policy_with("0.10", peak("2024-12-25"), monday);
    PolicyRig rig{policy.spec, 4};
    rig.now = monday + 9h;
    const Event event = told(rig, random, policy.fingerprint);
    const auto said = [&](const config::Policy& other) {
        CHECK(other.fingerprint == policy.fingerprint);
        const auto again = recompute(event, other);
        REQUIRE(again);
        return std::pair{again->same, again->same_rules};
    };
    CHECK(said(policy) == std::pair{true, true});
    CHECK(said(policy_with("0.10", peak("2024-12-26"), monday)) == std::pair{true, true});
    CHECK(said(policy_with("0.10", peak("2024-12-02"), monday)) == std::pair{false, false});
    CHECK(said(policy_with("0.20", peak("2024-12-25"), monday)) == std::pair{true, false});
    CHECK(said(policy_with("0.05", peak("2024-12-25"), monday)) == std::pair{true, false});
}

TEST_CASE("records: of before bounds were kept, only what the text says is known") {
    RandomDraws random{5};
    PolicyRig rig{{.name = "web",
                   .min = {1},
                   .max = {100},
                   .metrics = {{.name = "rps", .rule = Target{.amount = 10.0}}}},
                  4};
    config::Policy policy{.spec = rig.spec, .fingerprint = 42};
    Event event = told(rig, random, policy.fingerprint);
    auto record = decode_record(event.record);
    REQUIRE(record);
    record->in_force.reset();
    event.record = encode(*record);
    event.record.front() = 1;
    event.record.pop_back();
    CHECK(recompute(event, policy)->same_rules);
    policy.spec.max_is_paid_for = true;
    CHECK_FALSE(recompute(event, policy)->same_rules);
}

TEST_CASE("records: what is written is what is read; a cut one is refused") {
    const DecisionRecord record{
        .now = TimePoint{} + 1'800'000'000s,
        .observed = Observed{.replicas = {4}, .present = {3}, .ready = {2}},
        .readings = {Reading::of(0.1, 2s, 30s), Reading::absent(Absence::no_series)},
        .state = {.steps = {{TimePoint{} + 1s, {1}, {2}}}},
        .rules = 0xfedc'ba98'7654'3210,
        .desired = Replicas{7},
        .in_force =
            InForce{.bounds = {.min = {.count = {1}},
                               .max = {.count = {9},
                                       .by = Holding{.rule = 0xff, .until = TimePoint::max()}}},
                    .max_is_paid_for = true,
                    .table_made = TimePoint{} + 1'700'000'000s}};
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
