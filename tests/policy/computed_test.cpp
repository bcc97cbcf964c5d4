// Computed: formulas that stand on formulas, in any order, and circles.
#include "policy/computed.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "policy/formula_text.h"
#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

struct Row {
    std::string name;
    std::string formula;  ///< "": given
};

std::vector<MetricSpec> metrics_of(const std::vector<Row>& rows) {
    std::vector<MetricSpec> metrics;
    for (const Row& row : rows) {
        MetricSpec metric{.name = row.name, .rule = Input{}};
        if (!row.formula.empty()) {
            metric.formula =
                compile_formula(row.formula, [&](std::string_view name) {
                    const auto at = std::ranges::find(rows, name, &Row::name);
                    return at == rows.end()
                               ? std::nullopt
                               : std::optional{static_cast<std::uint8_t>(at - rows.begin())};
                }).value();
        }
        metrics.push_back(std::move(metric));
    }
    return metrics;
}

}  // namespace

TEST_CASE("computed: each formula comes behind what it needs, wherever it stands") {
    PolicySpec spec = web_policy();
    spec.metrics = metrics_of({{"load", "busy * 2"}, {"rps", ""}, {"busy", "rps / 100"}});
    spec.computed = evaluation_order(spec.metrics).order;
    CHECK(spec.computed == std::vector<std::uint8_t>{2, 0});
    std::vector<Reading> readings(3);
    readings[1] = fresh(700.0);
    compute(spec, readings);
    CHECK(readings[0].value == 14.0);
    CHECK(readings[0].is_fresh());

    readings[1] = Reading::absent(Absence::source_failed);
    compute(spec, readings);
    CHECK(readings[0].culprit == 1);
}

TEST_CASE("computed: a circle is found, and who is in it") {
    CHECK(evaluation_order(metrics_of({{"x", "a + 1"}, {"a", "b"}, {"b", "2 * a"}})).cycle ==
          std::vector<std::uint8_t>{1, 2, 1});
    CHECK(evaluation_order(metrics_of({{"a", "a"}})).cycle == std::vector<std::uint8_t>{0, 0});
    CHECK(evaluation_order(metrics_of({{"a", "b + b"}, {"b", "3"}})).cycle.empty());
}

TEST_CASE("computed: which metrics one names") {
    std::vector<MetricSpec> metrics = metrics_of({{"a", "b + c"}, {"b", ""}, {"c", ""}});
    CHECK(named_by(metrics[0]) == std::vector<std::uint8_t>{1, 2});
    CHECK(named_by({.name = "q", .rule = Backlog{.rate = 1}}) == std::vector<std::uint8_t>{1});
    CHECK(named_by({.name = "p", .rule = Latency{.load = 2}}) == std::vector<std::uint8_t>{2});
    CHECK(named_by({.name = "t"}).empty());
}

TEST_CASE(
    "computed: a policy follows a formula, holds when an input is gone, and says whose fault") {
    PolicyRig rig{web_policy(), 4};
    rig.spec.metrics = metrics_of(
        {{"load", "max(rps / 100, default(queue, 90) / 30)"}, {"rps", ""}, {"queue", ""}});
    rig.spec.metrics[0].rule = PassThrough{};
    rig.spec.computed = {0};
    const auto line = [&](const Reading& rps, const Reading& queue) {
        std::vector<Reading> readings{Reading{}, rps, queue};
        compute(rig.spec, readings);
        return rig.explain(rig.decide(readings));
    };
    CHECK(line(fresh(650.0), fresh(30.0)) == "web: 4 -> 7 because load is 6.5 (the count itself)");
    CHECK(line(Reading::absent(Absence::source_failed), fresh(30.0)) ==
          "web: stays at 4 because load cannot be computed: rps has no value (its source fails)");
    CHECK(line(Reading::of(650.0, 45s, 30s), fresh(30.0)) ==
          "web: stays at 4 because load was 6.5, 45s ago (max_age of rps 30s)");
    CHECK(line(fresh(650.0), Reading::absent(Absence::no_series)) ==
          "web: 4 -> 7 because load is 6.5 (the count itself) without queue, which has no usable "
          "value (no series matches the expression)");
    CHECK(line(fresh(50.0), Reading::absent(Absence::no_series)) ==
          "web: stays at 4 because load is 3 (the count itself) without queue, which has no usable "
          "value (no series matches the expression)");
    Reading partial = fresh(650.0);
    partial.freshness = Freshness::partial;
    CHECK(
        line(partial, fresh(30.0)) ==
        "web: 4 -> 7 because load is 6.5 (the count itself) without the targets of rps that do not "
        "answer");
}

TEST_CASE("computed: without traffic a latency has no value, and its formula lets the pool go") {
    PolicySpec spec = web_policy();
    spec.metrics = metrics_of({{"rps", ""}, {"p99", ""}, {"latency", "if(rps > 0, p99, 0)"}});
    spec.metrics[2].rule = Target{.kind = TargetKind::value, .amount = 0.2};
    spec.computed = {2};
    spec.behavior.down.stabilization = 0s;
    PolicyRig rig{spec, 10};
    std::vector<Reading> readings{Reading::of(0.0, 1s, 30s),
                                  Reading::absent(Absence::not_a_number),
                                  Reading::absent(Absence::never_seen)};
    compute(spec, readings);
    const Decision decision = rig.decide(readings);
    const Plan plan =
        policy::plan(spec, rig.state, decision, {.now = rig.now, .readings = readings});
    CHECK(explain(decision, plan, spec) ==
          "web: 10 -> 1 because latency is 0 (target 0.2); not 0 because the minimum is 1");
}
