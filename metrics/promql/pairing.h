// Pairing: binary operators between two instant vectors. Elements belong together when their
// labels are alike: all but the name, those listed by on(...), or all but those by ignoring(...).
//
//   one to one      each element has at most one partner
//   group_left      many on the left share one on the right; group_right the other way
//   and or unless   elements stay or go by whether they have a partner; values play no part
#pragma once

#include "metrics/promql/ast.h"
#include "metrics/promql/items.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

/// Pairs `left` and `right` and leaves the result in `left`. Names stay where an element on its
/// side keeps its labels; the caller drops them (drops_name). REQUIRES: no set operator.
/// Errors: invalid_input without position, when elements cannot be paired; in dialect 3 also for
/// pairs that a comparison would then drop.
[[nodiscard]] Status combine_vectors(
    const Binary& form, Dialect dialect, const Store& store, Items& left, Items& right);

/// Whether the result has names after all: group_left(__name__).
[[nodiscard]] bool lends_name(const Binary& form);

/// and, or, unless: leaves the result in `left`. REQUIRES: a set operator.
void combine_sets(const Binary& form, const Store& store, Items& left, Items& right);

}  // namespace tided::metrics::promql
