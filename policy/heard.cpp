#include "policy/heard.h"

#include <cmath>

#include "policy/computed.h"
#include "policy/strategies.h"

namespace tided::policy {

namespace {

/// Not that nobody knows: there is none.
bool has_no_value(const Reading& reading) {
    return reading.freshness == Freshness::absent
               ? reading.absence == Absence::no_series || reading.absence == Absence::not_a_number
               : reading.is_fresh() && !std::isfinite(reading.value);
}

bool is_known(std::span<const Reading> readings, std::size_t metric) {
    return metric >= readings.size() || as_number(readings[metric]).is_fresh();
}

}  // namespace

bool speaks_without_value(const PolicySpec& spec,
                          std::span<const Reading> readings,
                          std::size_t metric,
                          Replicas count) {
    const Rule& rule = spec.metrics[metric].rule;
    const Strategy* strategy = strategy_of(rule);
    return strategy != nullptr && strategy->speaks_without_value != nullptr &&
           metric < readings.size() && has_no_value(readings[metric]) &&
           strategy->speaks_without_value(rule, readings, count);
}

std::optional<std::size_t> first_not_fresh(const PolicySpec& spec,
                                           std::span<const Reading> readings,
                                           Replicas count) {
    for (std::size_t i = 0; i < spec.metrics.size(); ++i) {
        const Rule& rule = spec.metrics[i].rule;
        if (strategy_of(rule) == nullptr) {
            continue;
        }
        if (!is_known(readings, i) && !speaks_without_value(spec, readings, i, count)) {
            return i;
        }
        for (const std::uint8_t named : named_by(rule)) {
            if (named != no_metric && !is_known(readings, named)) {
                return named;
            }
        }
    }
    for (std::size_t i = spec.metrics.size(); i < readings.size(); ++i) {
        if (!is_known(readings, i)) {
            return i;
        }
    }
    return std::nullopt;
}

}  // namespace tided::policy
