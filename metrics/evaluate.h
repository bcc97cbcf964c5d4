// Evaluate: an expression on the store's samples gives the one number a policy needs, its age and
// its freshness, or the reason why there is none.
//
//   age = now - the oldest among the newest samples of the series behind the value
//
// A series that ended (staleness marker) no longer ages a value that living series carry; when
// all ended, their last samples do.
#pragma once

#include <memory>

#include "metrics/promql/ast.h"
#include "metrics/promql/eval.h"
#include "metrics/store.h"
#include "policy/vocab/reading.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// How far back an instant selector finds a sample, as in Prometheus.
inline constexpr Duration standard_lookback = std::chrono::minutes{5};

/// Parses `text` and refuses what this build does not evaluate, and what costs a daemon too much:
/// a look back of over 31 days, over 20,000 steps of subqueries. The evaluator keeps what repeated
/// evaluation on one store can reuse (found series, memory): hold one per query.
/// Errors: invalid_input and unsupported, each starting with "LINE:COL: ".
[[nodiscard]] Result<promql::Evaluator> make_evaluator(std::string text,
                                                       promql::Options options = {});

/// The reading of the evaluator's expression on `store` at `now`. Absent readings: no_series (the
/// result is empty), window_short (living series match, their windows hold too few samples),
/// many_series, not_evaluated (elements that cannot be told apart or paired, a wrong argument, too
/// many samples under subqueries), not_a_number (NaN, infinities). With Held::left_out, as if
/// targets that have failed for long had no series.
[[nodiscard]] Reading evaluate(promql::Evaluator& evaluator,
                               const Store& store,
                               TimePoint now,
                               Duration max_age,
                               Held held = Held::at_last);

/// The longest window of `expression`, subqueries included: until samples have been gathered for
/// that long, what it gives is a part of the truth. Zero when it has only instant selectors.
[[nodiscard]] Duration window_of(const promql::Expression& expression);

/// The history a store must keep for `expression`: its longest range, offsets and subqueries
/// included, or the lookback where that is longer.
[[nodiscard]] Duration needs(const promql::Expression& expression,
                             Duration lookback = standard_lookback);

/// The same where instant selectors of the present need no history: each series' newest sample is
/// kept anyway. Zero when there are no others.
[[nodiscard]] Duration samples_needed(const promql::Expression& expression);

}  // namespace tided::metrics
