// ScrapeDemand: one question of a scrape source, and from when on it can be answered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metrics/promql/ast.h"
#include "metrics/promql/eval.h"
#include "metrics/promql/shared_parts.h"
#include "metrics/scrape_lanes.h"
#include "metrics/source.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

struct ScrapeDemand {
    promql::Evaluator evaluator;
    Duration max_age;
    std::string label;                 ///< whose values are asked for; "" when a number is
    Duration window;                   ///< how long samples must have been gathered
    bool is_wider = false;             ///< its history was not kept before it was demanded
    std::uint32_t wanted_since = 0;    ///< the change from which all of it is stored
    bool is_known = false;             ///< every target it covers has told since
    std::optional<TimePoint> since{};  ///< then: when it was first read
};

/// One demand for each query; an expression that was among `former` goes on as it was, and is no
/// more among them. Of a new one the series may not have been stored, when others `are_gathered`.
/// Errors: an expression that cannot be evaluated; then `former` is whole.
[[nodiscard]] Result<std::vector<ScrapeDemand>> make_demands(
    std::vector<Query> queries,
    std::vector<ScrapeDemand>& former,
    promql::Dialect dialect,
    const std::shared_ptr<promql::SharedParts>& parts,
    bool are_gathered);

/// Whether it selects what scrapes say of themselves, as up: failing targets have that too.
[[nodiscard]] bool is_made(const promql::SelectorUse& use);

/// Whether a target that fails may have what it selects.
[[nodiscard]] bool covers_failing(const ScrapeDemand& demand, const ScrapeLanes& lanes);

}  // namespace tided::metrics
