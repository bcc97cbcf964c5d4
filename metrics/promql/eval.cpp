#include "metrics/promql/eval.h"

#include <algorithm>
#include <utility>

#include "metrics/promql/machine.h"

namespace tided::metrics::promql {

void Origin::merge(const Origin& other) {
    if (ended == other.ended) {
        latest = std::min(latest, other.latest);
    } else if (ended) {
        *this = other;
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

Result<Value> Evaluator::at(const Store& store, TimePoint now) {
    machine_->stand_at(store, now);
    const Node& root = *expression().root;
    if (root.type == ValueType::matrix) {
        return machine_->matrix(root);
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
    std::sort(vector.begin(), vector.end(), [](const Element& a, const Element& b) {
        return a.labels < b.labels;
    });
    return vector;
}

Result<Single> Evaluator::single(const Store& store, TimePoint now, Held held) {
    machine_->stand_at(store, now, held);
    auto operand = machine_->run();
    if (!operand) {
        return fail(std::move(operand).error());
    }
    if (const auto* number = std::get_if<double>(&*operand)) {
        return Single{.count = Single::Count::one, .value = *number};
    }
    Items items = std::get<Items>(*std::move(operand));
    Single single{.window_short = machine_->window_short()};
    if (!items.list.empty()) {
        single.count = items.list.size() == 1 ? Single::Count::one : Single::Count::many;
        single.value = items.list.front().value;
        single.origin = items.list.front().origin;
    }
    machine_->give_back(std::move(items));
    return single;
}

}  // namespace tided::metrics::promql
