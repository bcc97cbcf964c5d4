// Words: what PromQL's reserved words mean where the grammar gives them a meaning. They are not
// case-sensitive, and most of them are metric and label names elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metrics/promql/ast.h"
#include "metrics/promql/lexer.h"

namespace tided::metrics::promql {

/// How tightly a binary operator binds; equal levels associate to the left, power to the right.
enum class Level : std::uint8_t {
    set_or = 1,
    set_and,
    comparison,
    sum,
    product,
    unary,
    power,
};

struct OperatorWord {
    BinaryOp op;
    Level level;
};

/// The binary operator a token is, when one may stand there.
[[nodiscard]] std::optional<OperatorWord> binary_operator(const Token& token);

/// "SUM" -> sum. limitk and limit_ratio are 3.x's.
[[nodiscard]] std::optional<AggregateOp> aggregate_operator(std::string_view word, Dialect dialect);

/// Whether topk(3, x) rather than sum(x).
[[nodiscard]] bool takes_parameter(AggregateOp op);

/// Whether `token` is this word, given in small letters.
[[nodiscard]] bool is_word(const Token& token, std::string_view small);

/// Words that are never metric names: bool, on, ignoring, group_left, group_right, atan2.
[[nodiscard]] bool is_reserved(const Token& token);

/// What dialect 2 takes as a label's name: [a-zA-Z_][a-zA-Z0-9_]*; dialect 3 any UTF-8 but "".
[[nodiscard]] bool is_label_name(std::string_view name, Dialect dialect);

/// inf and nan.
[[nodiscard]] std::optional<double> number_word(const Token& token);

}  // namespace tided::metrics::promql
