// Strategy: how the number of one metric becomes a proposal. A strategy is one pure function and
// one row in strategies.cpp; it knows nothing of other metrics, of history or of bounds.
#pragma once

#include <optional>
#include <string_view>

#include "policy/vocab/observed.h"
#include "policy/vocab/target.h"
#include "policy/vocab/units.h"

namespace tided::policy {

/// A metric this near to its target changes nothing: 1 - down <= value / target <= 1 + up.
struct Tolerance {
    Ratio down{0.1};
    Ratio up{0.1};
};

/// What a strategy is asked.
struct Question {
    double value = 0.0;   ///< finite
    double amount = 1.0;  ///< Target::amount: > 0 and finite
    Observed observed = {};
    Tolerance tolerance = {};
};

struct Proposal {
    Replicas replicas{};
    bool within_tolerance = false;  ///< near enough to the target: the count is kept on purpose

    friend bool operator==(const Proposal&, const Proposal&) = default;
};

struct Strategy {
    TargetKind kind{};
    /// Nothing when the value cannot be judged (no replica is ready to divide it by).
    std::optional<Proposal> (*propose)(const Question&) = nullptr;
    std::string_view per;  ///< what follows the target's amount in a sentence: "", " each"
};

/// x replicas rounded up, held to what a count can be: NaN and below zero give 0.
[[nodiscard]] Replicas rounded_up(double x);

/// NaN and infinity are never within.
[[nodiscard]] bool is_within(double ratio, const Tolerance& tolerance);

}  // namespace tided::policy
