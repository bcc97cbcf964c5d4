// Whole passes in the Kubernetes profiles over several ticks: what single golden cases cannot see.
#include "policy/hpa/reconcile.h"

#include <doctest/doctest.h>

#include "policy/explain.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

class Object {
public:
    explicit Object(Profile profile, Replicas min = {1}) {
        spec = {.name = "web",
                .min = min,
                .max = {100},
                .metrics = {{.name = "rps", .rule = Target{.amount = 100.0}}},
                .profile = profile};
    }

    /// One sync 15 s after the one before; what it decides is written at once.
    std::int32_t sync(std::optional<double> rps) {
        now_ += 15s;
        const Observed observed{
            .replicas = {replicas}, .present = {replicas}, .ready = {replicas}, .at = now_};
        const std::vector<Reading> readings{rps ? Reading::of(*rps, 0s, 30s)
                                                : Reading::absent(Absence::source_failed)};
        decision = decide(spec, {.now = now_, .observed = &observed, .readings = readings}, state);
        if (decision.direction() != Direction::hold) {
            record_scale_event(spec, state, decision.current, decision.desired, now_);
            replicas = decision.desired.count;
        }
        return replicas;
    }
    [[nodiscard]] std::string conditions() const {
        std::string text;
        for (const hpa::Condition& condition : state.conditions.all()) {
            text += (text.empty() ? "" : " ") + std::string{to_string(condition.type)} + '=' +
                    (condition.is_true ? "True/" : "False/") +
                    std::string{to_string(condition.reason)};
        }
        return text;
    }
    [[nodiscard]] std::vector<std::string> told() const { return reasons(decision, spec); }

    PolicySpec spec;
    PolicyState state;
    Decision decision;
    std::int32_t replicas = 2;

private:
    TimePoint now_ = TimePoint{} + 1'800'000'000s;
};

}  // namespace

TEST_CASE("without behavior: growth is capped afresh each sync, at twice the count or 4") {
    Object object{Profile::kubernetes_1_37};
    object.replicas = 1;
    CHECK(object.sync(5'000) == 4);
    CHECK(object.conditions() ==
          "AbleToScale=True/SucceededRescale ScalingActive=True/ValidMetricFound "
          "ScalingLimited=True/ScaleUpLimit ScaledToZero=False/NotScaledToZero");
    CHECK(object.told() ==
          std::vector<std::string>{
              "rps is 5000 (target 100 each) and proposes 50",
              "without behavior at most 2 times the count, or 4, is allowed at once: 4 instead "
              "of 50"});
    CHECK(object.sync(5'000) == 8);
    CHECK(object.sync(5'000) == 16);
}

TEST_CASE("without behavior: an old recommendation above the count scales up, a wart kept") {
    Object object{Profile::kubernetes_1_28};
    object.replicas = 10;
    CHECK(object.sync(1'000) == 10);
    object.replicas = 5;            // by hand
    CHECK(object.sync(500) == 10);  // 5 pods are enough, and still
    CHECK(object.told().back() ==
          "the highest proposal of the last 5m is 10 (scale_down stabilization): 10 instead of 5");
}

TEST_CASE("without behavior: down after five minutes, to the highest proposal since") {
    Object object{Profile::kubernetes_1_37};
    object.replicas = 10;
    CHECK(object.sync(1'000) == 10);
    for (int i = 0; i < 20; ++i) {
        CHECK(object.sync(300) == 10);
    }
    CHECK(object.sync(300) == 3);
}

TEST_CASE("to zero and back in 1.37: only who was brought there by the metric wakes by it") {
    Object object{Profile::kubernetes_1_37, {0}};
    object.spec.kubernetes.has_behavior = true;
    object.spec.behavior.down.stabilization = 0s;
    CHECK(object.sync(0.0) == 0);
    CHECK(object.conditions().ends_with("ScaledToZero=True/ScaledToZero"));
    CHECK(object.sync(0.0) == 0);
    CHECK(object.sync(250.0) == 3);
    CHECK(object.conditions().ends_with("ScaledToZero=False/NotScaledToZero"));
    object.replicas = 0;  // by hand: paused
    CHECK(object.sync(250.0) == 0);
    CHECK(object.told() ==
          std::vector<std::string>{
              "somebody else set the count to 0, which pauses the policy in this profile"});
}

TEST_CASE("a raised minimum wakes what the metric brought to zero, with one working metric") {
    Object object{Profile::kubernetes_1_37, {0}};
    object.spec.kubernetes.has_behavior = true;
    object.spec.behavior.down.stabilization = 0s;
    CHECK(object.sync(0.0) == 0);
    object.spec.min = {3};
    CHECK(object.sync(std::nullopt) == 0);
    CHECK(object.sync(0.0) == 3);
}

TEST_CASE("at zero in 1.28: with a minimum never, without one always") {
    Object with_minimum{Profile::kubernetes_1_28, {1}};
    with_minimum.replicas = 0;
    CHECK(with_minimum.sync(500.0) == 0);
    Object without{Profile::kubernetes_1_28, {0}};
    without.replicas = 0;
    CHECK(without.sync(500.0) == 4);
}

TEST_CASE("percent of nothing is nothing: a percentage alone never leaves zero, a wart kept") {
    Object object{Profile::kubernetes_1_28, {0}};
    object.spec.kubernetes.has_behavior = true;
    object.spec.behavior.up.rates = {{RateKind::percent, 100, 15s}};
    object.replicas = 0;
    CHECK(object.sync(500.0) == 0);
    CHECK(object.sync(500.0) == 0);
}

TEST_CASE("several metrics: with a broken one up or stay, never down, and no recommendation") {
    Object object{Profile::kubernetes_1_37};
    object.replicas = 10;
    CHECK(object.sync(std::nullopt) == 10);
    CHECK(object.conditions() ==
          "AbleToScale=True/SucceededGetScale ScalingActive=False/FailedGetExternalMetric");
    CHECK(object.state.recommendations.size() == 1);  // the seed
}

TEST_CASE("an unknown scale is the condition FailedGetScale and no step") {
    Object object{Profile::kubernetes_1_37};
    const Decision decision = decide(object.spec, {}, object.state);
    CHECK_FALSE(decision.observation_known);
    CHECK(object.conditions() == "AbleToScale=False/FailedGetScale");
}

TEST_CASE("a count outside the bounds is corrected without metrics, and is an event of behavior") {
    Object object{Profile::kubernetes_1_37};
    object.spec.kubernetes.has_behavior = true;
    object.replicas = 150;
    CHECK(object.sync(std::nullopt) == 100);
    CHECK(object.state.downs.size() == 1);
    CHECK(object.state.downs[0].change == 50);
    CHECK(object.conditions() ==
          "AbleToScale=True/SucceededRescale ScaledToZero=False/NotScaledToZero");
}

TEST_CASE("a failed write is the condition FailedUpdateScale, the event is not counted") {
    Object object{Profile::kubernetes_1_37};
    object.spec.kubernetes.has_behavior = true;
    CHECK(object.sync(200) == 2);
    record_failed_step(object.spec, object.state, TimePoint{} + 1'800'000'100s);
    CHECK(object.conditions().starts_with("AbleToScale=False/FailedUpdateScale"));
    CHECK(object.state.ups.empty());
}

TEST_CASE("conditions: the instant is that of the last change of status, a jump moves it") {
    hpa::Conditions conditions;
    const TimePoint start = TimePoint{} + 1'800'000'000s;
    using hpa::ConditionReason;
    using hpa::ConditionType;
    conditions.set(ConditionType::able_to_scale, true, ConditionReason::succeeded_get_scale, start);
    conditions.set(
        ConditionType::able_to_scale, true, ConditionReason::ready_for_new_scale, start + 15s);
    REQUIRE(conditions.all().size() == 1);
    CHECK(conditions.all()[0].since == start);
    conditions.set(
        ConditionType::able_to_scale, false, ConditionReason::failed_get_scale, start + 30s);
    CHECK(conditions.all()[0].since == start + 30s);
    conditions.shift(1h);
    CHECK(conditions.all()[0].since == start + 30s + 1h);
    conditions.remove(ConditionType::able_to_scale);
    CHECK(conditions == hpa::Conditions{});
}
