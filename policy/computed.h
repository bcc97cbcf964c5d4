// Computed: the readings of metrics with formulas, from those of the others, in an order in which
// each comes behind what it needs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "policy/spec.h"
#include "policy/vocab/reading.h"

namespace tided::policy {

struct EvaluationOrder {
    std::vector<std::uint8_t> order = {};  ///< as PolicySpec::computed
    /// Metrics whose formulas need each other in turn, the first one last too; empty: none do.
    std::vector<std::uint8_t> cycle = {};
};

/// REQUIRES: at most 255 metrics.
[[nodiscard]] EvaluationOrder evaluation_order(std::span<const MetricSpec> metrics);

/// Fills in the readings of `spec.computed`; the others are given. To be called before decide().
/// REQUIRES: readings.size() == spec.metrics.size().
void compute(const PolicySpec& spec, std::span<Reading> readings);

/// The metrics that a rule names; no_metric for each that it does not.
[[nodiscard]] std::array<std::uint8_t, 2> named_by(const Rule& rule);

/// The metrics that `metric` names, in its formula or in its rule; some perhaps twice.
[[nodiscard]] std::vector<std::uint8_t> named_by(const MetricSpec& metric);

}  // namespace tided::policy
