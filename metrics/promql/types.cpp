#include "metrics/promql/types.h"

#include <algorithm>
#include <string>
#include <utility>

#include "metrics/promql/signatures.h"

namespace tided::metrics::promql {
namespace {

class Typing {
public:
    Typing(const Node& node, std::string_view text) : node_(node), text_(text) {}

    Result<ValueType> operator()(const NumberLiteral&) const { return ValueType::scalar; }
    Result<ValueType> operator()(const StringLiteral&) const { return ValueType::string; }
    Result<ValueType> operator()(const VectorSelector&) const { return ValueType::vector; }
    Result<ValueType> operator()(const MatrixSelector&) const { return ValueType::matrix; }
    Result<ValueType> operator()(const Parenthesis& n) const { return n.inner->type; }

    Result<ValueType> operator()(const Subquery& n) const {
        if (n.operand->type != ValueType::vector) {
            return refuse(n.operand->span,
                          "subquery is only allowed on instant vector, got " +
                              std::string{to_string(n.operand->type)});
        }
        return ValueType::matrix;
    }

    Result<ValueType> operator()(const Call& n) const {
        const Function& f = *n.function;
        const std::string name = "\"" + std::string{f.name} + "\"";
        if (n.arguments.size() < f.min_arguments || n.arguments.size() > f.max_arguments) {
            return refuse(node_.span,
                          "expected " + wanted_arguments(f) + " in call to " + name + ", got " +
                              std::to_string(n.arguments.size()));
        }
        for (std::size_t i = 0; i < n.arguments.size(); ++i) {
            if (auto fits = expect(*n.arguments[i], f.parameter(i), "call to function " + name);
                !fits) {
                return fail(std::move(fits).error());
            }
        }
        return f.result;
    }

    Result<ValueType> operator()(const Aggregation& n) const {
        if (n.parameter) {
            const ValueType wanted =
                n.op == AggregateOp::count_values ? ValueType::string : ValueType::scalar;
            if (auto fits = expect(*n.parameter, wanted, "aggregation parameter"); !fits) {
                return fail(std::move(fits).error());
            }
        }
        if (auto fits = expect(*n.operand, ValueType::vector, "aggregation expression"); !fits) {
            return fail(std::move(fits).error());
        }
        return ValueType::vector;
    }

    Result<ValueType> operator()(const Unary& n) const {
        if (!is_arithmetic(n.operand->type)) {
            return refuse(node_.span,
                          "unary expression only allowed on expressions of type scalar or "
                          "instant vector, got " +
                              std::string{to_string(n.operand->type)});
        }
        return n.operand->type;
    }

    Result<ValueType> operator()(const Binary& n) const {
        if (n.returns_bool && !is_comparison(n.op)) {
            return refuse(n.op_span, "bool modifier can only be used on comparison operators");
        }
        for (const Node* side : {n.left.get(), n.right.get()}) {
            if (!is_arithmetic(side->type)) {
                return refuse(side->span,
                              "binary expression must contain only scalar and instant vector "
                              "types, got " +
                                  std::string{to_string(side->type)});
            }
        }
        const bool has_vectors =
            n.left->type == ValueType::vector && n.right->type == ValueType::vector;
        if (!has_vectors) {
            return with_scalar(n);
        }
        return with_vectors(n);
    }

private:
    [[nodiscard]] tl::unexpected<Error> refuse(Span where, std::string what) const {
        return fail(ErrorCode::invalid_input,
                    position_prefix(text_, where.begin) + std::move(what));
    }

    static bool is_arithmetic(ValueType type) {
        return type == ValueType::scalar || type == ValueType::vector;
    }

    static std::string wanted_arguments(const Function& f) {
        if (f.min_arguments == f.max_arguments) {
            return std::to_string(f.min_arguments) + " argument(s)";
        }
        if (f.max_arguments == Function::unlimited) {
            return "at least " + std::to_string(f.min_arguments) + " argument(s)";
        }
        return std::to_string(f.min_arguments) + " to " + std::to_string(f.max_arguments) +
               " argument(s)";
    }

    [[nodiscard]] Status expect(const Node& node, ValueType wanted, std::string_view where) const {
        if (node.type == wanted) {
            return {};
        }
        return refuse(node.span,
                      "expected type " + std::string{to_string(wanted)} + " in " +
                          std::string{where} + ", got " + std::string{to_string(node.type)});
    }

    [[nodiscard]] Result<ValueType> with_scalar(const Binary& n) const {
        if (is_set_operator(n.op)) {
            return refuse(n.op_span,
                          "set operator \"" + std::string{to_string(n.op)} +
                              "\" not allowed in binary scalar expression");
        }
        const bool has_matching =
            !n.matching.labels.empty() || n.matching.group != Matching::Group::none;
        if (has_matching) {
            return refuse(n.matching.span, "vector matching only allowed between instant vectors");
        }
        if (n.left->type == ValueType::vector || n.right->type == ValueType::vector) {
            return ValueType::vector;
        }
        if (is_comparison(n.op) && !n.returns_bool) {
            return refuse(n.op_span, "comparisons between scalars must use bool modifier");
        }
        return ValueType::scalar;
    }

    [[nodiscard]] Result<ValueType> with_vectors(const Binary& n) const {
        if (is_set_operator(n.op) && n.matching.group != Matching::Group::none) {
            return refuse(
                n.matching.span,
                "no grouping allowed for \"" + std::string{to_string(n.op)} + "\" operation");
        }
        for (const std::string& label : n.matching.include) {
            if (n.matching.on &&
                std::binary_search(n.matching.labels.begin(), n.matching.labels.end(), label)) {
                return refuse(
                    n.matching.span,
                    "label \"" + label + "\" must not occur in on and group clause at once");
            }
        }
        return ValueType::vector;
    }

    const Node& node_;
    std::string_view text_;
};

}  // namespace

Result<ValueType> type_of(const Node& node, std::string_view text) {
    return std::visit(Typing{node, text}, node.form);
}

}  // namespace tided::metrics::promql
