#include "metrics/promql/machine.h"

#include <array>
#include <utility>

#include "metrics/promql/aggregate.h"
#include "metrics/promql/binary.h"
#include "metrics/promql/pairing.h"
#include "metrics/promql/ranking.h"

namespace tided::metrics::promql {
namespace {

Error same_labels() {
    return {.code = ErrorCode::invalid_input,
            .message = "vector cannot contain metrics with the same labelset"};
}

}  // namespace

Evaluator::Machine::Machine(Expression expression, Options options)
    : expression_(std::move(expression)), options_(options), selections_(expression_.selectors) {
    options_.dialect = expression_.dialect;
}

void Evaluator::Machine::stand_at(const Store& store, TimePoint now, Bounds bounds, Held held) {
    store_ = &store;
    now_ = now;
    bounds_ = bounds;
    held_ = held;
    window_short_ = false;
    evaluations_ = 0;
    samples_read_ = 0;
    consulted_ = {};
}

Items Evaluator::Machine::take_items() {
    Items items;
    if (!spare_.empty()) {
        items.list = std::move(spare_.back());
        spare_.pop_back();
        items.list.clear();
    }
    return items;
}

void Evaluator::Machine::give_back(Items items) {
    static constexpr std::size_t most = 8;
    static constexpr std::size_t largest = 8192;
    if (spare_.size() < most && items.list.capacity() <= largest) {
        spare_.push_back(std::move(items.list));
    }
}

void Evaluator::Machine::note_dropped(Items& items) {
    consulted_.join(std::exchange(items.dropped, Origin{}));
}

tl::unexpected<Error> Evaluator::Machine::refuse(const Node& node, const Error& error) const {
    return fail(error.code, position_prefix(expression_.text, node.span.begin) + error.message);
}

Result<Operand> Evaluator::Machine::evaluate(const Node& node) {
    const auto part = shared_part(node);
    return part ? evaluate_shared(node, *part) : evaluate_alone(node);
}

Result<Operand> Evaluator::Machine::evaluate_alone(const Node& node) {
    if (const auto* number = std::get_if<NumberLiteral>(&node.form)) {
        return number->value;
    }
    if (const auto* selector = std::get_if<VectorSelector>(&node.form)) {
        return select(*selector);
    }
    if (const auto* call = std::get_if<Call>(&node.form)) {
        return evaluate(node, *call);
    }
    if (const auto* aggregation = std::get_if<Aggregation>(&node.form)) {
        return evaluate(node, *aggregation);
    }
    if (const auto* binary = std::get_if<Binary>(&node.form)) {
        return evaluate(node, *binary);
    }
    if (const auto* unary = std::get_if<Unary>(&node.form)) {
        return evaluate(node, *unary);
    }
    if (const auto* parenthesis = std::get_if<Parenthesis>(&node.form)) {
        return evaluate(*parenthesis->inner);
    }
    return fail(ErrorCode::internal, "evaluating an expression that was not checked");
}

Result<double> Evaluator::Machine::scalar(const Node& node) {
    auto operand = evaluate(node);
    if (!operand) {
        return fail(std::move(operand).error());
    }
    return std::get<double>(*operand);
}

Result<Operand> Evaluator::Machine::evaluate(const Node& node, const Call& form) {
    if (form.function->over_range != nullptr) {
        return over_range(node, form);
    }
    if (form.function->each != nullptr) {
        return each_value(node, form);
    }
    if (form.function->whole != nullptr) {
        return whole_vector(node, form);
    }
    return fail(ErrorCode::internal, "calling a function that was not checked");
}

Result<Operand> Evaluator::Machine::over_range(const Node& node, const Call& form) {
    std::array<double, 3> numbers{};
    std::size_t count = 0;
    const Node* argument = nullptr;
    for (const NodePtr& child : form.arguments) {
        if (child->type == ValueType::matrix) {
            argument = &unwrapped(*child);
            continue;
        }
        const auto number = scalar(*child);
        if (!number) {
            return fail(number.error());
        }
        numbers[count++] = *number;
    }
    const std::span<const double> parameters{numbers.data(), count};
    const auto* ranged = std::get_if<MatrixSelector>(&argument->form);
    auto items =
        ranged != nullptr
            ? over_selector(form, *ranged, parameters)
            : over_subquery(form, *argument, std::get<Subquery>(argument->form), parameters);
    if (!items) {
        return fail(std::move(items).error());
    }
    if (form.function->absence) {
        return items->list.empty() ? absence_of(*argument) : Items{};
    }
    return form.function->keeps_name ? Result<Operand>{*std::move(items)}
                                     : nameless(node, *std::move(items));
}

Result<Operand> Evaluator::Machine::each_value(const Node& node, const Call& form) {
    const ElementFunction compute = form.function->each;
    if (form.arguments.empty()) {
        Items one = take_items();
        one.have_one_name = true;
        one.list.push_back(
            {.own = std::make_shared<const Labels>(), .value = compute(to_unix_seconds(now_))});
        return one;
    }
    auto operand = evaluate(*form.arguments.front());
    if (!operand) {
        return operand;
    }
    Items items = std::get<Items>(*std::move(operand));
    for (Item& item : items.list) {
        item.value = compute(item.value);
    }
    return nameless(node, std::move(items));
}

Result<Operand> Evaluator::Machine::whole_vector(const Node& node, const Call& form) {
    if (form.function->whole == whole::timestamp) {
        const Node& argument = unwrapped(*form.arguments.front());
        if (const auto* selector = std::get_if<VectorSelector>(&argument.form)) {
            return nameless(node, select(*selector, Reads::instants));
        }
    }
    Invocation invocation{.call = form,
                          .arguments = {},
                          .store = *store_,
                          .now = now_,
                          .bounds = bounds_,
                          .dialect = options_.dialect,
                          .patterns = patterns_};
    for (const NodePtr& child : form.arguments) {
        if (child->type == ValueType::string) {
            invocation.arguments.emplace_back();
            continue;
        }
        auto argument = evaluate(*child);
        if (!argument) {
            return argument;
        }
        invocation.arguments.push_back(*std::move(argument));
    }
    if (form.function->whole == whole::scalar) {
        // NaN may become a number again: what is missing is as old as can be.
        const auto& list = invocation.items(0).list;
        consulted_.join(list.size() == 1 ? list.front().origin : Origin{.latest = TimePoint{}});
    }
    auto made = form.function->whole(invocation);
    if (!made) {
        return refuse(node, made.error());
    }
    auto* items = std::get_if<Items>(&*made);
    if (items == nullptr) {
        return made;
    }
    if (!form.function->keeps_name) {
        return nameless(node, std::move(*items));
    }
    if (!items->have_one_name && !are_distinct(*items, *store_)) {
        return refuse(node, same_labels());
    }
    return made;
}

Result<Operand> Evaluator::Machine::evaluate(const Node& node, const Aggregation& form) {
    auto operand = evaluate(*form.operand);
    if (!operand) {
        return operand;
    }
    Items& items = std::get<Items>(*operand);
    Status done;
    if (form.op == AggregateOp::count_values) {
        const auto& name = std::get<StringLiteral>(unwrapped(*form.parameter).form).value;
        done = count_values(form, name, options_.dialect, *store_, items);
    } else {
        const auto parameter = form.parameter ? scalar(*form.parameter) : Result<double>{0.0};
        if (!parameter) {
            return fail(parameter.error());
        }
        if (is_ranking(form.op)) {
            done = rank(form, *parameter, options_.dialect, *store_, items);
        } else {
            aggregate(form, *parameter, options_.dialect, *store_, items);
        }
    }
    note_dropped(items);
    return done ? std::move(operand) : refuse(node, done.error());
}

Result<Operand> Evaluator::Machine::evaluate(const Node& node, const Unary& form) {
    auto operand = evaluate(*form.operand);
    if (!operand || !form.negative) {
        return operand;
    }
    if (auto* number = std::get_if<double>(&*operand)) {
        return -*number;
    }
    Items items = std::get<Items>(*std::move(operand));
    for (Item& item : items.list) {
        item.value = -item.value;
    }
    return nameless(node, std::move(items));
}

Result<Operand> Evaluator::Machine::evaluate(const Node& node, const Binary& form) {
    auto left = evaluate(*form.left);
    if (!left) {
        return left;
    }
    auto right = evaluate(*form.right);
    if (!right) {
        return right;
    }
    const auto* left_number = std::get_if<double>(&*left);
    const auto* right_number = std::get_if<double>(&*right);
    if (left_number != nullptr && right_number != nullptr) {
        return combine_scalars(form.op, *left_number, *right_number);
    }
    Items items = std::get<Items>(std::move(left_number != nullptr ? *right : *left));
    if (left_number != nullptr) {
        combine_with_scalar(form, ScalarSide::left, *left_number, items);
    } else if (right_number != nullptr) {
        combine_with_scalar(form, ScalarSide::right, *right_number, items);
    } else {
        Items others = std::get<Items>(*std::move(right));
        if (is_set_operator(form.op)) {
            combine_sets(form, *store_, items, others);
            note_dropped(items);
            give_back(std::move(others));
            return items;
        }
        auto paired = combine_vectors(form, options_.dialect, *store_, items, others);
        give_back(std::move(others));
        if (!paired) {
            return refuse(node, paired.error());
        }
    }
    note_dropped(items);
    if (lends_name(form)) {
        return are_distinct(items, *store_) ? Result<Operand>{std::move(items)}
                                            : refuse(node, same_labels());
    }
    return drops_name(form) ? nameless(node, std::move(items)) : Result<Operand>{std::move(items)};
}

Result<Operand> Evaluator::Machine::nameless(const Node& node, Items items) {
    if (!drop_names(items, *store_)) {
        return refuse(node, same_labels());
    }
    return items;
}

}  // namespace tided::metrics::promql
