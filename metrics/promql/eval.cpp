#include "metrics/promql/eval.h"

#include <algorithm>
#include <utility>

#include "metrics/promql/machine.h"
#include "metrics/promql/ranking.h"
#include "metrics/promql/signatures.h"

namespace tided::metrics::promql {
namespace {

// Whether the order of its elements is a part of what an expression says.
bool orders(const Node& node) {
    if (const auto* call = std::get_if<Call>(&node.form)) {
        return call->function->orders;
    }
    const auto* aggregation = std::get_if<Aggregation>(&node.form);
    return aggregation != nullptr && is_ranking(aggregation->op);
}

}  // namespace

void Origin::merge(const Origin& other) {
    if (other.is_constant()) {
        return;
    }
    const bool is_outranked = is_constant() || (ended && !other.ended);
    if (is_outranked) {
        *this = other;
    } else if (ended == other.ended) {
        latest = std::min(latest, other.latest);
    }
}

void Origin::follow(const Origin& later) {
    if (!later.is_constant() || is_constant()) {
        *this = later;
    }
}

void Origin::join(const Origin& other) {
    latest = std::min(latest, other.latest);
    ended = ended || other.ended;
}

Evaluator::Evaluator(Expression expression, Options options)
    : machine_(std::make_unique<Machine>(std::move(expression), options)) {}
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;
Evaluator::~Evaluator() = default;

const Expression& Evaluator::expression() const {
    return machine_->expression();
}

void Evaluator::share(std::shared_ptr<SharedParts> parts) {
    machine_->share(std::move(parts));
}

Result<Value> Evaluator::at(const Store& store, TimePoint now) {
    return at(store, now, {.start = now, .end = now});
}

Result<Value> Evaluator::at(const Store& store, TimePoint now, Bounds bounds) {
    machine_->stand_at(store, now, bounds);
    const Node& root = unwrapped(*expression().root);
    if (root.type == ValueType::matrix) {
        auto matrix = machine_->matrix(root);
        return matrix ? Result<Value>{*std::move(matrix)} : fail(std::move(matrix).error());
    }
    if (const auto* literal = std::get_if<StringLiteral>(&root.form)) {
        return literal->value;
    }
    auto operand = machine_->run();
    if (!operand) {
        return fail(std::move(operand).error());
    }
    if (const auto* number = std::get_if<double>(&*operand)) {
        return *number;
    }
    Items items = std::get<Items>(*std::move(operand));
    Vector vector;
    vector.reserve(items.list.size());
    for (const Item& item : items.list) {
        vector.push_back({labels_of(item, store), item.value, item.origin});
    }
    machine_->give_back(std::move(items));
    if (!orders(root)) {
        std::sort(vector.begin(), vector.end(), [](const Element& a, const Element& b) {
            return a.labels < b.labels;
        });
    }
    return vector;
}

Result<Single> Evaluator::single(const Store& store, TimePoint now, Held held) {
    machine_->stand_at(store, now, {.start = now, .end = now}, held);
    auto operand = machine_->run();
    if (!operand) {
        return fail(std::move(operand).error());
    }
    if (const auto* number = std::get_if<double>(&*operand)) {
        return Single{
            .count = Single::Count::one, .value = *number, .origin = machine_->consulted()};
    }
    Items items = std::get<Items>(*std::move(operand));
    Single single{.window_short = machine_->window_short()};
    if (!items.list.empty()) {
        single.count = items.list.size() == 1 ? Single::Count::one : Single::Count::many;
        single.value = items.list.front().value;
        single.origin = items.list.front().origin;
        single.origin.join(machine_->consulted());
    }
    machine_->give_back(std::move(items));
    return single;
}

}  // namespace tided::metrics::promql
