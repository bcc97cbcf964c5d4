#include "tests/bench/traces/hpa_rows.h"

#include <algorithm>
#include <array>
#include <memory>

#include "policy/decide.h"

namespace tided::bench {

namespace {

using namespace std::chrono_literals;

constexpr double tolerance = 0.1;

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

policy::PolicySpec spec_of(Target target) {
    return {
        .name = "hpa", .min = fewest, .max = most, .metrics = {{.name = "load", .target = target}}};
}

/// One policy with its memory; std::function wants to be copied, hence shared.
class Hpa {
public:
    explicit Hpa(Target target) : spec_(spec_of(target)) {}

    Replicas decide(double value, const Sight& sight) {
        const std::array readings{Reading::of(value, 0s, 30s)};
        const policy::Decision decision = policy::decide(
            spec_, {.now = sight.now, .observed = &sight.observed, .readings = readings}, state_);
        policy::record_scale_event(spec_, state_, decision.current, decision.desired, sight.now);
        return decision.desired;
    }

private:
    policy::PolicySpec spec_;
    policy::PolicyState state_ = {};
};

}  // namespace

Controller hpa_on_cpu(double target) {
    const auto hpa = std::make_shared<Hpa>(Target{.kind = TargetKind::value, .amount = target});
    return [hpa, target](const Sight& sight) {
        return hpa->decide(rebalanced(cpu_use(sight), target, sight.observed), sight);
    };
}

Controller hpa_on_rps(double target) {
    const auto hpa =
        std::make_shared<Hpa>(Target{.kind = TargetKind::average_value, .amount = target});
    return [hpa](const Sight& sight) { return hpa->decide(mean_load(sight), sight); };
}

Controller static_peak(std::span<const double> load) {
    const Replicas peak{demand(*std::max_element(load.begin(), load.end()))};
    return [peak](const Sight&) { return peak; };
}

}  // namespace tided::bench
