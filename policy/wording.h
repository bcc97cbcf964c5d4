// Wording: the clauses that sentences about a decision are made of. One clause per reason, so
// that the chain (explain.h, reasons) and the one-liner (explain) tell the same story.
#pragma once

#include <string>

#include "policy/decision.h"
#include "policy/spec.h"

namespace tided::policy {

/// "rps is 712 (target 100 each)"; "rps is 395 (target 100 each, tolerance 10%)".
/// REQUIRES: a link for which is_proposal() holds.
[[nodiscard]] std::string level_clause(const Reason& link, const PolicySpec& spec);

/// Why a metric cannot be used: "rps has no value (its source fails)".
/// REQUIRES: a link for which is_unusable() holds.
[[nodiscard]] std::string unusable_clause(const Reason& link, const PolicySpec& spec);

/// What made `from` into `to`: "scale_up allows +100% per 15s", "the maximum is 10", "the schedule
/// 'peak' (UTC) asks for at least 10 until 18:00 UTC".
/// REQUIRES: a link for which is_limit() holds.
[[nodiscard]] std::string limit_clause(const Reason& link,
                                       const Decision& decision,
                                       const PolicySpec& spec);

/// True for a metric that said nothing: absent, stale, or not to be judged.
[[nodiscard]] bool is_unusable(ReasonCode code);

/// True for a metric, or a schedule in place of one, that proposed a number.
[[nodiscard]] bool is_proposal(ReasonCode code);

/// True for a link that replaced one number by another.
[[nodiscard]] bool is_limit(ReasonCode code);

/// The name of the link's metric; "metric 7" for an index that `spec` does not have.
[[nodiscard]] std::string metric_name(const Reason& link, const PolicySpec& spec);

}  // namespace tided::policy
