#include "metrics/promql/machine.h"

#include <algorithm>
#include <iterator>

#include "metrics/promql/aggregate.h"
#include "metrics/promql/binary.h"
#include "metrics/promql/signatures.h"

namespace tided::metrics::promql {
namespace {

// Parentheses do not change a value: f((x[5m])) reads x[5m].
const Node& unwrapped(const Node& node) {
    const Node* inner = &node;
    while (const auto* parenthesis = std::get_if<Parenthesis>(&inner->form)) {
        inner = parenthesis->inner.get();
    }
    return *inner;
}

bool pins_name(const VectorSelector& selector) {
    return std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& m) {
        return m.name() == metric_name_label && m.op() == MatchOp::equal;
    });
}

}  // namespace

Evaluator::Machine::Machine(Expression expression, Options options)
    : expression_(std::move(expression)), options_(options), selections_(expression_.selectors) {
    options_.dialect = expression_.dialect;
}

void Evaluator::Machine::stand_at(const Store& store, TimePoint now, Held held) {
    store_ = &store;
    now_ = now;
    held_ = held;
    window_short_ = false;
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
    spare_.push_back(std::move(items.list));
}

const std::vector<SeriesId>& Evaluator::Machine::found_by(const VectorSelector& selector) {
    const std::vector<SeriesId>& all = found_in_store(selector);
    if (held_ == Held::at_last) {
        return all;
    }
    not_held_.clear();
    std::copy_if(all.begin(), all.end(), std::back_inserter(not_held_), [this](SeriesId id) {
        return !store_->is_held(id);
    });
    return not_held_;
}

const std::vector<SeriesId>& Evaluator::Machine::found_in_store(const VectorSelector& selector) {
    Selection& selection = selections_[selector.index];
    if (selection.store == store_ && selection.version == store_->version()) {
        return selection.series;
    }
    selection = {.store = store_, .version = store_->version(), .series = {}};
    std::vector<std::pair<Labels, SeriesId>> found;
    for (const SeriesId id : store_->find(selector.matchers)) {
        found.emplace_back(store_->labels(id), id);
    }
    std::sort(
        found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [labels, id] : found) {
        selection.series.push_back(id);
    }
    return selection.series;
}

bool Evaluator::Machine::is_recent(TimePoint at) const {
    const TimePoint edge = now_ - options_.lookback;
    return options_.dialect == Dialect::prometheus_2 ? at >= edge : at > edge;
}

bool Evaluator::Machine::is_living(SeriesId id) const {
    const auto newest = store_->latest(id, now_);
    return newest && is_recent(newest->at) && !is_stale_marker(newest->value);
}

Items Evaluator::Machine::select(const VectorSelector& selector) {
    Items items = take_items();
    items.have_one_name = pins_name(selector);
    for (const SeriesId id : found_by(selector)) {
        const auto newest = store_->latest(id, now_);
        if (newest && is_recent(newest->at) && !is_stale_marker(newest->value)) {
            items.list.push_back({.series = id,
                                  .own = nullptr,
                                  .is_nameless = false,
                                  .value = newest->value,
                                  .origin = {.latest = newest->at, .ended = false}});
        }
    }
    return items;
}

TimePoint Evaluator::Machine::end_of(SeriesId id) const {
    return store_->is_held(id) && is_living(id) ? store_->latest(id, now_)->at : now_;
}

bool Evaluator::Machine::load(SeriesId id, TimePoint end, Duration range) {
    const Duration edge =
        options_.dialect == Dialect::prometheus_2 ? Duration::zero() : Duration{1};
    samples_.clear();
    bool has_ended = false;
    Cursor cursor = store_->samples(id, end - range + edge, end);
    while (const auto sample = cursor.next()) {
        has_ended = is_stale_marker(sample->value);
        if (!has_ended) {
            samples_.push_back(*sample);
        }
    }
    return has_ended;
}

Matrix Evaluator::Machine::matrix(const Node& node) {
    const auto& form = std::get<MatrixSelector>(unwrapped(node).form);
    Matrix matrix;
    for (const SeriesId id : found_by(form.selector)) {
        load(id, now_, form.range);
        if (!samples_.empty()) {
            matrix.push_back({.labels = store_->labels(id), .samples = samples_});
        }
    }
    return matrix;
}

Result<Evaluator::Machine::Operand> Evaluator::Machine::evaluate(const Node& node) {
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

Result<Evaluator::Machine::Operand> Evaluator::Machine::evaluate(const Node& node,
                                                                 const Call& form) {
    const auto function = range_function(form.function->name);
    const Node& argument = unwrapped(*form.arguments.front());
    const auto* ranged = std::get_if<MatrixSelector>(&argument.form);
    if (!function || ranged == nullptr) {
        return fail(ErrorCode::internal, "calling a function that was not checked");
    }
    Items items = take_items();
    items.have_one_name = pins_name(ranged->selector);
    for (const SeriesId id : found_by(ranged->selector)) {
        const TimePoint end = end_of(id);
        const bool has_ended = load(id, end, ranged->range);
        const Range range{.end = end, .length = ranged->range, .dialect = options_.dialect};
        if (const auto value = apply(*function, samples_, range)) {
            items.list.push_back({.series = id,
                                  .own = nullptr,
                                  .is_nameless = false,
                                  .value = *value,
                                  .origin = {.latest = samples_.back().at, .ended = has_ended}});
        } else {
            window_short_ = window_short_ || is_living(id);
        }
    }
    return keeps_name(*function) ? Result<Operand>{std::move(items)}
                                 : nameless(node, std::move(items));
}

Result<Evaluator::Machine::Operand> Evaluator::Machine::evaluate(const Node&,
                                                                 const Aggregation& form) {
    auto operand = evaluate(*form.operand);
    if (operand) {
        aggregate(form, options_.dialect, *store_, std::get<Items>(*operand));
    }
    return operand;
}

Result<Evaluator::Machine::Operand> Evaluator::Machine::evaluate(const Node& node,
                                                                 const Unary& form) {
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

Result<Evaluator::Machine::Operand> Evaluator::Machine::evaluate(const Node& node,
                                                                 const Binary& form) {
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
        auto paired = combine_vectors(form, *store_, items, others);
        give_back(std::move(others));
        if (!paired) {
            return fail(
                ErrorCode::invalid_input,
                position_prefix(expression_.text, node.span.begin) + paired.error().message);
        }
    }
    return drops_name(form) ? nameless(node, std::move(items)) : Result<Operand>{std::move(items)};
}

Result<Evaluator::Machine::Operand> Evaluator::Machine::nameless(const Node& node, Items items) {
    if (!drop_names(items, *store_)) {
        return fail(ErrorCode::invalid_input,
                    position_prefix(expression_.text, node.span.begin) +
                        "vector cannot contain metrics with the same labelset");
    }
    return items;
}

}  // namespace tided::metrics::promql
