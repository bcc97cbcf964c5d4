#include "tests/bench/traces/hpa_rows.h"

#include <algorithm>

#include "tests/bench/traces/policy_rows.h"

namespace tided::bench {

namespace {

policy::PolicySpec spec_of(Target target) {
    return {
        .name = "hpa", .min = fewest, .max = most, .metrics = {{.name = "load", .rule = target}}};
}

}  // namespace

Controller hpa_on_cpu(double target) {
    return deciding(spec_of({.kind = TargetKind::value, .amount = target}));
}

Controller hpa_on_rps(double target) {
    return deciding(spec_of({.kind = TargetKind::average_value, .amount = target}));
}

Controller static_peak(std::span<const double> load) {
    const Replicas peak{demand(*std::max_element(load.begin(), load.end()))};
    return [peak](const Sight&) { return peak; };
}

}  // namespace tided::bench
