// Replicas: the number that one metric asks for, to the last digit as Kubernetes' horizontal
// controller computes it (replica_calculator): int64 milli-units, division truncating toward zero,
// doubles in the order written, ceil at the end.
//
//   utilization  u = sum(usage) * 100 / sum(request), a whole percent      r = u / target
//   plain        a = sum(usage) / count, milli-units                       r = a / target
//                within tolerance: the count stays; else ceil(r * ready)
//   pods that are missing, or unready while r > 1, are filled in against the direction of r: full
//   on the way down, idle on the way up; when that turns r round, the count stays
//   value          r = value / target                        ceil(r * pods that are ready)
//   average_value  r = value / (target * present)            ceil(value / target)
//
// Departure in every profile: what is beyond int32 is held at its end, where Go leaves it open.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "policy/hpa/pods.h"
#include "policy/strategy.h"
#include "policy/vocab/observed.h"
#include "policy/vocab/reading.h"
#include "policy/vocab/target.h"
#include "policy/vocab/units.h"

namespace tided::policy::hpa {

/// What a metric is held at.
struct Goal {
    TargetKind kind = TargetKind::utilization;
    std::int64_t amount = 1;  ///< > 0: percent for utilization, milli-units else
    Tolerance tolerance = {};
};

/// What one metric asks for, or why it cannot be asked.
struct Answer {
    Absence absence = Absence::none;  ///< anything else: the metric is invalid
    Replicas replicas{};
    bool is_within = false;        ///< near enough to the target: the count is kept on purpose
    std::int32_t utilization = 0;  ///< reported current percentage (utilization)
    std::int64_t average = 0;      ///< reported current value, milli-units: a pod's, or the value
};

/// Near enough to the target, as `rules` compare.
[[nodiscard]] bool is_within(double ratio, const Tolerance& tolerance, const Rules& rules);

/// A metric that every pod has. `asked` = scale.spec.replicas.
[[nodiscard]] Answer ask_pods(const PodSamples& samples,
                              const PodView& view,
                              const Goal& goal,
                              Replicas asked);

/// Object and External metrics on Value. `ready` = running pods that are ready.
[[nodiscard]] Answer ask_value(std::int64_t value,
                               const Goal& goal,
                               const Observed& observed,
                               const Rules& rules);

/// Object and External metrics on AverageValue.
[[nodiscard]] Answer ask_average(std::int64_t total,
                                 const Goal& goal,
                                 Replicas present,
                                 const Rules& rules);

/// A share per pod as it is reported, rounded up; 0 without pods, the end of int64 at its end.
[[nodiscard]] std::int64_t share_of(std::int64_t total, Replicas present);

/// Running pods whose Ready condition is True: the multiplier of Value targets.
[[nodiscard]] Replicas ready_pods(const PodSamples& samples);

/// A value as HPA reads quantities: milli-units rounded up, held to int64. Noise of binary
/// fractions (a relative 1e-12) is not rounded up to one more. NaN: 0.
[[nodiscard]] std::int64_t milli_of(double value);

/// A tolerance as the controller's Quantity becomes a double: its decimal digits times a power of
/// ten, so that 0.3 is 3 * 0.1 = 0.30000000000000004.
[[nodiscard]] double as_quantity(double tolerance);

}  // namespace tided::policy::hpa
