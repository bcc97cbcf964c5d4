#include "tests/bench/traces/policy_rows.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "policy/decide.h"

namespace tided::bench {

namespace {

using namespace std::chrono_literals;

constexpr double tolerance = 0.1;
constexpr Duration age_of_newest = 30s;

double mean_load(const Sight& sight) {
    return (sight.samples[0].load + sight.samples[1].load + sight.samples[2].load) / 3.0;
}

double cpu_use(const Sight& sight) {
    double used = 0.0;
    double ready = 0.0;
    for (const Sample& sample : sight.samples) {
        used += std::min(sample.load, sample.ready);
        ready += sample.ready;
    }
    return used / ready;
}

/// HPA 6.1: above the target, starting pods count as idle; if that brings the ratio to or below
/// the tolerance nothing is changed, which a reading at the target says.
double rebalanced(double use, double target, const Observed& observed) {
    const double ratio = use / target;
    const bool starting = observed.present > observed.ready;
    const double with_idle = ratio * observed.ready.count / observed.present.count;
    return starting && ratio > 1.0 && with_idle <= 1.0 + tolerance ? target : use;
}

Reading reading_for(const policy::MetricSpec& metric, const Sight& sight) {
    const auto* target = std::get_if<Target>(&metric.rule);
    if (target == nullptr) {
        return Reading::of(sight.samples.back().load, age_of_newest, metric.max_age);
    }
    return Reading::of(target->kind == TargetKind::value
                           ? rebalanced(cpu_use(sight), target->amount, sight.observed)
                           : mean_load(sight),
                       0s,
                       metric.max_age);
}

/// One policy with its memory; std::function wants to be copied, hence shared.
struct Mind {
    policy::PolicySpec spec;
    policy::PolicyState state = {};
};

Replicas decide(Mind& mind, const Sight& sight) {
    const std::array readings{reading_for(mind.spec.metrics.front(), sight)};
    const policy::Decision decision =
        policy::decide(mind.spec,
                       {.now = sight.now, .observed = &sight.observed, .readings = readings},
                       mind.state);
    policy::record_scale_event(
        mind.spec, mind.state, decision.current, decision.desired, sight.now);
    return decision.desired;
}

}  // namespace

Controller deciding(policy::PolicySpec spec) {
    const auto mind = std::make_shared<Mind>(Mind{.spec = std::move(spec)});
    return [mind](const Sight& sight) { return decide(*mind, sight); };
}

}  // namespace tided::bench
