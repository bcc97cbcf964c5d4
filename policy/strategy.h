// Strategy: how the number of one metric becomes a proposal. A strategy is one pure function and
// one row in strategies.cpp; it knows nothing of stabilisation, of rates or of bounds, and of other
// metrics only those that its rule names.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/reason.h"
#include "policy/spec.h"
#include "policy/state.h"
#include "policy/vocab/observed.h"
#include "policy/vocab/reading.h"
#include "policy/vocab/units.h"

namespace tided::policy {

/// A metric this near to its target changes nothing: 1 - down <= value / target <= 1 + up.
struct Tolerance {
    Ratio down{0.1};
    Ratio up{0.1};
};

/// What a strategy is asked. The references outlive the call.
struct Question {
    const MetricSpec& metric;  ///< its rule is that of the strategy
    double value = 0.0;        ///< finite
    const Observed& observed;
    const PolicyState& state;                ///< steps that were made; curves that were learned
    std::span<const Reading> readings = {};  ///< of all metrics, for rules that name others
    Tolerance tolerance = {};
    TimePoint now{};

    /// Absent when the rule names no metric, or when its value is no number.
    [[nodiscard]] Reading other(std::uint8_t index) const {
        return index < readings.size() ? as_number(readings[index])
                                       : Reading::absent(Absence::never_seen);
    }
};

struct Proposal {
    Replicas replicas{};
    bool within_tolerance = false;       ///< near enough to the target: the count is kept
    std::uint8_t unsure_of = no_metric;  ///< a metric without a fresh reading: may raise only
    Basis basis{};                       ///< what it is based on, for the strategy's own words

    friend bool operator==(const Proposal&, const Proposal&) = default;
};

/// How much there is to do, for activation to compare with its threshold.
struct Activity {
    double amount = 0.0;                 ///< at least so much; all there is unless unsure
    std::uint8_t unsure_of = no_metric;  ///< a metric without a fresh reading that may add to it

    friend bool operator==(const Activity&, const Activity&) = default;
};

struct Strategy {
    std::string_view key;  ///< in the policy file
    /// Nothing when the value cannot be judged.
    std::optional<Proposal> (*propose)(const Question&) = nullptr;
    /// What stands behind the metric's value in a sentence: " (target 100 each)".
    std::string (*words)(const Reason& link, const PolicySpec& spec) = nullptr;
    std::string_view lacks = "no replica is ready";  ///< why it could not be judged
    /// Nothing when it is not known; null: the value.
    std::optional<Activity> (*activity)(const Question&) = nullptr;
    /// Whether it can propose while its metric has no value (heard.h), for a count of replicas;
    /// null: never. The value that is asked of it then is 0.
    bool (*speaks_without_value)(const Rule&, std::span<const Reading>, Replicas) = nullptr;
};

/// x replicas rounded up, held to what a count can be: NaN and below zero give 0.
[[nodiscard]] Replicas rounded_up(double x);

/// NaN and infinity are never within.
[[nodiscard]] bool is_within(double ratio, const Tolerance& tolerance);

}  // namespace tided::policy
