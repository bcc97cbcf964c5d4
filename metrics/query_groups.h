// Query groups: which questions to one Prometheus may be put in one query. Policies made from one
// template ask what differs in one label's value alone, so one query asks for all of them:
//
//   sum(rate(x{tenant="a"}[1m]))  \                 element tenant="a" is the first one's answer,
//   sum(rate(x{tenant="b"}[1m]))   >  sum by (tenant) (rate(x{tenant=~"a|b|c"}[1m]))     and so on
//   sum(rate(x{tenant="c"}[1m]))  /
//
// That is the same question where every selector has the one condition label="value", all with the
// same value, and nothing between them and the result drops the label or mixes its values:
// * aggregations sum avg min max count group stddev stdvar quantile: grouped by the label besides,
//   so each group holds the series of one value;
// * functions of each series or element for itself (rate, max_over_time, abs, clamp, ...) and
//   subqueries; histogram_quantile and histogram_fraction, which drop only "le";
// * operators between such parts (paired by the label too, so values never meet) and with
// constants;
//   where one side still carries the label and the other has dropped it, as in
//   sum(x{t="a"}) / y{t="a"}, pairing by all labels finds nothing, and such a question stays alone.
// Not so: topk bottomk limitk limit_ratio count_values, absent, scalar, vector, label_replace,
// label_join, sort, info, and what has no selector. `sum(x{t="a"}) or vector(0)` is asked alone.
// A value without an element is a question with an empty answer. Sums may differ in their last
// place, as the server adds series in no promised order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/promql/ast.h"

namespace tided::metrics {

/// One question of a source.
struct GroupMember {
    const promql::Expression* expression = nullptr;
    std::size_t most_together = 200;  ///< how many questions its query may ask at most; 1: alone
};

/// One query and the questions it answers.
struct QueryGroup {
    std::vector<std::size_t> members;  ///< indices, sorted by value; one when asked alone
    std::string label;                 ///< which tells the answers apart; "" when asked alone
    std::vector<std::string> values;   ///< of `label`, sorted, one per member
    std::string query;                 ///< of more than one question; "" when asked alone

    friend bool operator==(const QueryGroup&, const QueryGroup&) = default;
};

/// Each question in exactly one group, as few groups as their bounds allow: `most_together` of each
/// member, and 16 KiB of label values.
[[nodiscard]] std::vector<QueryGroup> group_queries(const std::vector<GroupMember>& questions);

}  // namespace tided::metrics
