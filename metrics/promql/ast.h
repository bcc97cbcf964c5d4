// The tree of a PromQL expression, as the parser makes it and as evaluation, checks and the
// Prometheus source read it. It holds the whole language; what this build evaluates of it is
// decided in promql/support.h. Node names are Prometheus': prometheus.io/docs, "Querying basics".
//
//   sum by (job) (rate(http_requests_total{code!~"5.."}[1m])) > 10
//   Binary(>) -> Aggregation(sum) -> Call(rate) -> MatrixSelector ;  NumberLiteral(10)
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "metrics/matcher.h"
#include "policy/vocab/time.h"

namespace tided::metrics::promql {

/// Whose rules apply where Prometheus 2.42 and 3.x differ: left-closed or left-open ranges and
/// lookback, the zero point of counters, summation, "." in regular expressions, quoted names.
enum class Dialect : std::uint8_t { prometheus_2, prometheus_3 };

enum class ValueType : std::uint8_t { scalar, vector, matrix, string };

/// Bytes [begin, end) of the expression's text.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;

    friend bool operator==(const Span&, const Span&) = default;
};

enum class BinaryOp : std::uint8_t {
    add,
    subtract,
    multiply,
    divide,
    modulo,
    power,
    atan2,
    equal,
    not_equal,
    less,
    greater,
    less_equal,
    greater_equal,
    set_and,
    set_or,
    set_unless,
};

enum class AggregateOp : std::uint8_t {
    sum,
    avg,
    min,
    max,
    count,
    group,
    stddev,
    stdvar,
    topk,
    bottomk,
    quantile,
    count_values,
    limitk,
    limit_ratio,
};

struct Function;  // promql/signatures.h
struct Node;
using NodePtr = std::unique_ptr<const Node>;

struct NumberLiteral {
    double value = 0.0;
};

struct StringLiteral {
    std::string value;
};

/// "offset 5m" and "@ ...", wherever they were written.
struct Shift {
    enum class Anchor : std::uint8_t { none, instant, start, end };

    Duration offset{};
    Anchor anchor = Anchor::none;
    TimePoint instant{};  ///< of Anchor::instant
    Span span{};          ///< of the first modifier; empty when there is none

    [[nodiscard]] bool is_none() const { return span.begin == span.end; }
};

struct VectorSelector {
    std::vector<Matcher> matchers;  ///< the metric's name is the matcher of __name__
    Shift shift{};
    Span span{};            ///< `name{...}` without range and modifiers
    std::size_t index = 0;  ///< which selector of the expression, left to right from 0
};

struct MatrixSelector {
    VectorSelector selector;
    Duration range{};
};

struct Subquery {
    NodePtr operand{};
    Duration range{};
    std::optional<Duration> step;
    Shift shift{};
};

struct Call {
    const Function* function = nullptr;  ///< lives for ever
    std::vector<NodePtr> arguments;
};

struct Grouping {
    std::vector<std::string> labels;  ///< sorted, unique
    bool without = false;
};

struct Aggregation {
    AggregateOp op = AggregateOp::sum;
    Grouping grouping;
    NodePtr parameter{};  ///< of topk, quantile, ...; else null
    NodePtr operand{};
};

/// How a binary operation pairs the elements of two vectors.
struct Matching {
    bool on = false;                  ///< on(labels) rather than ignoring(labels)
    std::vector<std::string> labels;  ///< sorted, unique
    enum class Group : std::uint8_t { none, left, right } group = Group::none;
    std::vector<std::string> include;  ///< of group_left(...) and group_right(...)
    Span span{};                       ///< of on/ignoring/group; empty when there is none
};

struct Binary {
    BinaryOp op = BinaryOp::add;
    bool returns_bool = false;
    Matching matching;
    Span op_span{};
    NodePtr left{};
    NodePtr right{};
};

struct Unary {
    bool negative = false;
    NodePtr operand{};
};

struct Parenthesis {
    NodePtr inner{};
};

struct Node {
    using Form = std::variant<NumberLiteral,
                              StringLiteral,
                              VectorSelector,
                              MatrixSelector,
                              Subquery,
                              Call,
                              Aggregation,
                              Binary,
                              Unary,
                              Parenthesis>;

    Span span{};
    ValueType type = ValueType::scalar;
    Form form;
    std::size_t height = 1;  ///< levels of this subtree; bounded, so recursion is safe
};

/// The nodes directly below `node`, left to right.
[[nodiscard]] std::vector<const Node*> children_of(const Node& node);

/// `node` without the parentheses around it, which change no value.
[[nodiscard]] const Node& unwrapped(const Node& node);

/// A parsed and type-checked expression. Move-only.
struct Expression {
    std::string text{};
    Dialect dialect = Dialect::prometheus_3;
    NodePtr root{};
    std::size_t selectors = 0;  ///< how many vector and matrix selectors there are
};

/// One selector of an expression and the history it reads.
struct SelectorUse {
    const VectorSelector* selector = nullptr;
    Span span{};                    ///< `name{...}` without range and modifiers
    std::optional<Duration> range;  ///< of m[5m]; none for an instant selector
    Duration subquery_range{};      ///< sum of the ranges of the subqueries around it
    Duration offset{};              ///< sum of the offsets on it and around it
    bool is_pinned = false;         ///< under an "@ 1600000000"
};

/// Every selector of `expression`, by VectorSelector::index.
[[nodiscard]] std::vector<SelectorUse> selectors_of(const Expression& expression);

[[nodiscard]] bool is_comparison(BinaryOp op);
[[nodiscard]] bool is_set_operator(BinaryOp op);

/// As PromQL writes it: "+", "==", "unless"; "sum", "count_values".
[[nodiscard]] std::string_view to_string(BinaryOp op);
[[nodiscard]] std::string_view to_string(AggregateOp op);

/// As messages name it: "instant vector", "range vector", "scalar", "string".
[[nodiscard]] std::string_view to_string(ValueType type);

/// "LINE:COL: " of the byte `offset` in `text`; both count from 1, columns in bytes.
[[nodiscard]] std::string position_prefix(std::string_view text, std::size_t offset);

}  // namespace tided::metrics::promql
