// Machine: walks an expression's tree at one instant. The evaluator's inside; see eval.h.
#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "metrics/promql/eval.h"
#include "metrics/promql/functions.h"
#include "metrics/promql/items.h"

namespace tided::metrics::promql {

class Evaluator::Machine {
public:
    Machine(Expression expression, Options options);

    [[nodiscard]] const Expression& expression() const { return expression_; }

    /// Sets the store and the instant of all that follows.
    void stand_at(const Store& store, TimePoint now, Held held = Held::at_last);

    using Operand = std::variant<double, Items>;

    /// REQUIRES: the root is a scalar or an instant vector.
    [[nodiscard]] Result<Operand> run() { return evaluate(*expression_.root); }

    /// The samples of a range selector that stands alone.
    [[nodiscard]] Matrix matrix(const Node& node);

    [[nodiscard]] bool window_short() const { return window_short_; }
    [[nodiscard]] const Store& store() const { return *store_; }

    /// Takes an operand's memory back, for the next evaluation.
    void give_back(Items items);

private:
    /// The series a selector finds, in the order of their labels.
    struct Selection {
        const Store* store = nullptr;
        std::uint64_t version = 0;
        std::vector<SeriesId> series;
    };

    [[nodiscard]] Result<Operand> evaluate(const Node& node);
    [[nodiscard]] Result<Operand> evaluate(const Node& node, const Binary& form);
    [[nodiscard]] Result<Operand> evaluate(const Node& node, const Unary& form);
    [[nodiscard]] Result<Operand> evaluate(const Node& node, const Call& form);
    [[nodiscard]] Result<Operand> evaluate(const Node& node, const Aggregation& form);
    [[nodiscard]] Items select(const VectorSelector& selector);
    [[nodiscard]] Result<Operand> nameless(const Node& node, Items items);

    /// Holds until the next call.
    const std::vector<SeriesId>& found_by(const VectorSelector& selector);
    const std::vector<SeriesId>& found_in_store(const VectorSelector& selector);
    [[nodiscard]] Items take_items();

    /// Whether a sample of this instant is within the lookback.
    [[nodiscard]] bool is_recent(TimePoint at) const;
    [[nodiscard]] bool is_living(SeriesId id) const;

    /// Where a range of this series ends: now_, or at its newest sample while the store holds it.
    [[nodiscard]] TimePoint end_of(SeriesId id) const;

    /// Fills samples_ from the range before `end`; true when the series has ended by then.
    bool load(SeriesId id, TimePoint end, Duration range);

    Expression expression_;
    Options options_;
    const Store* store_ = nullptr;
    TimePoint now_{};
    Held held_ = Held::at_last;
    bool window_short_ = false;
    std::vector<Selection> selections_;
    std::vector<SeriesId> not_held_;
    std::vector<Sample> samples_;
    std::vector<std::vector<Item>> spare_;
};

}  // namespace tided::metrics::promql
