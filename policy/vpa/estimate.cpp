// The steps of an estimate, in upstream's order: each truncates.
#include "policy/vpa/estimate.h"

#include <algorithm>

#include "policy/vpa/amount.h"
#include "policy/vpa/power.h"

namespace tided::policy::vpa {

namespace {

constexpr Widening upwards{.multiplier = 1.0, .exponent = 1};
constexpr Widening downwards{.multiplier = 0.001, .exponent = -2};

struct Bounds {
    std::int64_t target;
    std::int64_t lower;
    std::int64_t upper;
};

/// The three amounts of one resource; `base` gives the amount at a percentile.
template <typename Base>
Bounds bounds(const Base& base, const ResourceSettings& of, Ratio margin, double confidence) {
    const auto at = [&](double percentile) { return with_margin(base(percentile), margin); };
    return {.target = at(of.target_percentile),
            .lower = widened(at(of.lower_percentile), confidence, downwards),
            .upper = widened(at(of.upper_percentile), confidence, upwards)};
}

Resources at_least(const Resources& minimum, std::int64_t cpu, std::int64_t memory) {
    return {.cpu = std::max(minimum.cpu, MilliCpu{cpu}),
            .memory = std::max(minimum.memory, Bytes{memory})};
}

}  // namespace

Resources share_of_minimum(const Settings& settings, std::size_t containers) {
    const double share = 1.0 / static_cast<double>(containers);
    const MilliCpu cpu = cpu_of_cores(settings.pod_min_milli_cpu * 0.001);
    const Bytes memory = memory_of_bytes(settings.pod_min_mebibytes * 1024.0 * 1024.0);
    return {.cpu = {scaled(cpu.count, share)}, .memory = {scaled(memory.count, share)}};
}

std::int64_t with_margin(std::int64_t base, Ratio margin) {
    return base + scaled(base, margin.value);
}

std::int64_t widened(std::int64_t amount, double confidence, Widening by) {
    return scaled(amount, power(1.0 + by.multiplier / confidence, by.exponent));
}

Estimate estimate(const Aggregate& aggregate, const Settings& settings, const Resources& minimum) {
    const Bounds cpu =
        bounds([&](double p) { return cpu_of_cores(aggregate.cpu.percentile(p)).count; },
               settings.cpu,
               settings.margin,
               confidence(aggregate, settings.cpu.confidence_interval));
    const Bounds memory =
        bounds([&](double p) { return memory_of_bytes(aggregate.memory.percentile(p)).count; },
               settings.memory,
               settings.margin,
               confidence(aggregate, settings.memory.confidence_interval));
    return {.target = at_least(minimum, cpu.target, memory.target),
            .lower = at_least(minimum, cpu.lower, memory.lower),
            .upper = at_least(minimum, cpu.upper, memory.upper)};
}

}  // namespace tided::policy::vpa
