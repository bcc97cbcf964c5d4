// The part of the Machine that shares what it evaluates with other expressions on the same store.
#include <algorithm>
#include <utility>

#include "metrics/promql/machine.h"
#include "metrics/promql/print.h"

namespace tided::metrics::promql {
namespace {

bool is_part(const Node& node) {
    const auto* call = std::get_if<Call>(&node.form);
    const bool is_over_range = call != nullptr && call->function->over_range != nullptr;
    return node.type == ValueType::vector &&
           (is_over_range || std::holds_alternative<Aggregation>(node.form));
}

// Below a subquery the instants are its own.
void collect_parts(const Node& node, std::vector<const Node*>& parts) {
    if (std::holds_alternative<Subquery>(node.form)) {
        return;
    }
    if (is_part(node)) {
        parts.push_back(&node);
    }
    for (const Node* child : children_of(node)) {
        collect_parts(*child, parts);
    }
}

}  // namespace

Evaluator::Machine::~Machine() {
    for (const auto& [node, number] : numbers_) {
        parts_->remove(number);
    }
}

void Evaluator::Machine::share(std::shared_ptr<SharedParts> parts) {
    parts_ = std::move(parts);
    std::vector<const Node*> nodes;
    collect_parts(*expression_.root, nodes);
    for (const Node* const node : nodes) {
        numbers_.emplace_back(node, parts_->add(print(*node, expression_.dialect)));
    }
    std::sort(numbers_.begin(), numbers_.end());
}

// The number of a part that is worth keeping.
std::optional<SharedParts::Number> Evaluator::Machine::shared_part(const Node& node) const {
    const auto found = std::lower_bound(
        numbers_.begin(), numbers_.end(), &node, [](const auto& one, const Node* other) {
            return std::less<const Node*>{}(one.first, other);
        });
    const bool is_shared = found != numbers_.end() && found->first == &node &&
                           parts_->users(found->second) > users_around_;
    return is_shared ? std::optional{found->second} : std::nullopt;
}

Result<Operand> Evaluator::Machine::evaluate_shared(const Node& node, SharedParts::Number part) {
    const SharedParts::Instant instant{.store = store_,
                                       .version = store_->version(),
                                       .appended = store_->counts().appended,
                                       .now = now_,
                                       .held = held_};
    if (const SharedParts::Value* const known = parts_->find(part, instant)) {
        window_short_ = window_short_ || known->window_short;
        consulted_.join(known->consulted);
        Items items = take_items();
        items.list = known->items.list;
        items.have_one_name = known->items.have_one_name;
        items.dropped = known->items.dropped;
        return items;
    }
    const bool was_short = std::exchange(window_short_, false);
    const Origin consulted_before = std::exchange(consulted_, Origin{});
    const std::size_t users_before = std::exchange(users_around_, parts_->users(part));
    auto operand = evaluate_alone(node);
    users_around_ = users_before;
    if (operand) {
        parts_->keep(part,
                     instant,
                     {.items = std::get<Items>(*operand),
                      .window_short = window_short_,
                      .consulted = consulted_});
    }
    window_short_ = window_short_ || was_short;
    consulted_.join(consulted_before);
    return operand;
}

}  // namespace tided::metrics::promql
