#include "metrics/promql/ast.h"

#include <algorithm>

namespace tided::metrics::promql {
namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

// What the nodes above a selector add to the history it reads.
struct Above {
    Duration subquery_range{};
    Duration offset{};
    bool is_pinned = false;

    // "@" takes its reader away from wherever the nodes above look.
    [[nodiscard]] Above with(const Shift& shift) const {
        const bool is_free = shift.anchor == Shift::Anchor::none;
        return {.subquery_range = is_free ? subquery_range : Duration{},
                .offset = (is_free ? offset : Duration{}) + shift.offset,
                .is_pinned = is_pinned || shift.anchor == Shift::Anchor::instant};
    }
};

void collect(const Node& node, const Above& above, std::vector<SelectorUse>& uses) {
    const auto note =
        [&](const VectorSelector& selector, Span span, std::optional<Duration> range) {
            const Above here = above.with(selector.shift);
            uses[selector.index] = {.selector = &selector,
                                    .span = span,
                                    .range = range,
                                    .subquery_range = here.subquery_range,
                                    .offset = here.offset,
                                    .is_pinned = here.is_pinned};
        };
    if (const auto* instant = std::get_if<VectorSelector>(&node.form)) {
        note(*instant, instant->span, std::nullopt);
    } else if (const auto* ranged = std::get_if<MatrixSelector>(&node.form)) {
        note(ranged->selector, ranged->selector.span, ranged->range);
    } else if (const auto* subquery = std::get_if<Subquery>(&node.form)) {
        Above inside = above.with(subquery->shift);
        inside.subquery_range += subquery->range;
        collect(*subquery->operand, inside, uses);
    } else {
        for (const Node* child : children_of(node)) {
            collect(*child, above, uses);
        }
    }
}

}  // namespace

std::vector<const Node*> children_of(const Node& node) {
    std::vector<const Node*> children;
    const auto add = [&children](const NodePtr& child) {
        if (child) {
            children.push_back(child.get());
        }
    };
    std::visit(Overloaded{[&](const Subquery& n) { add(n.operand); },
                          [&](const Call& n) {
                              std::for_each(n.arguments.begin(), n.arguments.end(), add);
                          },
                          [&](const Aggregation& n) {
                              add(n.parameter);
                              add(n.operand);
                          },
                          [&](const Binary& n) {
                              add(n.left);
                              add(n.right);
                          },
                          [&](const Unary& n) { add(n.operand); },
                          [&](const Parenthesis& n) { add(n.inner); },
                          [](const auto&) {}},
               node.form);
    return children;
}

const Node& unwrapped(const Node& node) {
    const Node* inner = &node;
    while (const auto* parenthesis = std::get_if<Parenthesis>(&inner->form)) {
        inner = parenthesis->inner.get();
    }
    return *inner;
}

std::vector<SelectorUse> selectors_of(const Expression& expression) {
    std::vector<SelectorUse> uses(expression.selectors);
    collect(*expression.root, {}, uses);
    return uses;
}

bool is_comparison(BinaryOp op) {
    return op >= BinaryOp::equal && op <= BinaryOp::greater_equal;
}

bool is_set_operator(BinaryOp op) {
    return op >= BinaryOp::set_and;
}

std::string_view to_string(BinaryOp op) {
    static constexpr std::string_view names[]{"+",
                                              "-",
                                              "*",
                                              "/",
                                              "%",
                                              "^",
                                              "atan2",
                                              "==",
                                              "!=",
                                              "<",
                                              ">",
                                              "<=",
                                              ">=",
                                              "and",
                                              "or",
                                              "unless"};
    return names[static_cast<std::size_t>(op)];
}

std::string_view to_string(AggregateOp op) {
    static constexpr std::string_view names[]{"sum",
                                              "avg",
                                              "min",
                                              "max",
                                              "count",
                                              "group",
                                              "stddev",
                                              "stdvar",
                                              "topk",
                                              "bottomk",
                                              "quantile",
                                              "count_values",
                                              "limitk",
                                              "limit_ratio"};
    return names[static_cast<std::size_t>(op)];
}

std::string_view to_string(ValueType type) {
    static constexpr std::string_view names[]{"scalar", "instant vector", "range vector", "string"};
    return names[static_cast<std::size_t>(type)];
}

std::string position_prefix(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n');
    const std::size_t column =
        line_start == std::string_view::npos ? before.size() + 1 : before.size() - line_start;
    return std::to_string(line) + ":" + std::to_string(column) + ": ";
}

}  // namespace tided::metrics::promql
