// The parts of PromQL's grammar around a selector: {matchers}, [ranges], offset and @, and lists
// of label names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metrics/promql/ast.h"
#include "metrics/promql/token_reader.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

/// `name`, `name{...}` or `{...}`, from its first token on; no range, no modifiers.
[[nodiscard]] Result<VectorSelector> parse_selector(TokenReader& reader, Dialect dialect);

/// `(a, b)`, sorted and unique. `where` names the list in messages.
[[nodiscard]] Result<std::vector<std::string>> parse_label_list(TokenReader& reader,
                                                                Dialect dialect,
                                                                std::string_view where);

/// What stands in brackets: [5m], [5m:1m] or [5m:].
struct Brackets {
    Duration range{};
    bool is_subquery = false;
    std::optional<Duration> step;
};

/// From "[" to "]".
[[nodiscard]] Result<Brackets> parse_brackets(TokenReader& reader, Dialect dialect);

/// One "offset ..." or "@ ..." added to `shift`. REQUIRES: the reader stands at one.
[[nodiscard]] Status parse_modifier(TokenReader& reader, Dialect dialect, Shift& shift);

}  // namespace tided::metrics::promql
