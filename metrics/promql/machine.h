// Machine: walks an expression's tree at one instant. The evaluator's inside; see eval.h.
//
//   machine.cpp     the walk: operators, aggregations, calls
//   sharing.cpp     parts that other expressions have too
//   selection.cpp   the leaves: what selectors and ranges find in the store, and subqueries
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "metrics/promql/eval.h"
#include "metrics/promql/items.h"
#include "metrics/promql/shared_parts.h"
#include "metrics/promql/signatures.h"

namespace tided::metrics::promql {

class Evaluator::Machine {
public:
    Machine(Expression expression, Options options);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// REQUIRES: once at most.
    void share(std::shared_ptr<SharedParts> parts);

    [[nodiscard]] const Expression& expression() const { return expression_; }

    /// Sets the store and the instant of all that follows.
    void stand_at(const Store& store, TimePoint now, Bounds bounds, Held held = Held::at_last);

    /// REQUIRES: the root is a scalar or an instant vector.
    [[nodiscard]] Result<Operand> run() { return evaluate(*expression_.root); }

    /// The samples of a range selector or a subquery that stands alone.
    [[nodiscard]] Result<Matrix> matrix(const Node& node);

    [[nodiscard]] bool window_short() const { return window_short_; }

    /// What the value of the last run() rests on besides its own elements, all together: vectors
    /// that scalar() made numbers of, elements that were compared and left out.
    [[nodiscard]] const Origin& consulted() const { return consulted_; }

    /// Takes an operand's memory back, for the next evaluation.
    void give_back(Items items);

private:
    /// The series a selector finds, in the order of their labels.
    struct Selection {
        const Store* store = nullptr;
        std::uint64_t version = 0;
        std::vector<SeriesId> series;
    };

    /// Where a selector looks, and how its samples' instants are seen from now_.
    struct View {
        TimePoint at;
        Duration ahead{};        ///< how far now_ is ahead of `at`
        bool is_pinned = false;  ///< by "@ 1600000000": it gets no older
        [[nodiscard]] Origin origin(TimePoint sample, bool ended) const;
    };

    /// What a subquery found of one series.
    struct Track {
        std::vector<Sample> samples;
        Origin origin{};  ///< of the newest sample
    };
    using Tracks = std::map<Labels, Track>;

    enum class Reads : std::uint8_t { values, instants };

    [[nodiscard]] Result<Operand> evaluate(const Node& node);
    [[nodiscard]] Result<Operand> evaluate_alone(const Node& node);
    [[nodiscard]] Result<Operand> evaluate(const Node& node, const Binary& form);
    [[nodiscard]] Result<Operand> evaluate(const Node& node, const Unary& form);
    [[nodiscard]] Result<Operand> evaluate(const Node& node, const Call& form);
    [[nodiscard]] Result<Operand> evaluate(const Node& node, const Aggregation& form);
    [[nodiscard]] Result<Operand> each_value(const Node& node, const Call& form);
    [[nodiscard]] Result<Operand> whole_vector(const Node& node, const Call& form);
    [[nodiscard]] Result<Operand> over_range(const Node& node, const Call& form);
    [[nodiscard]] Result<double> scalar(const Node& node);
    void note_dropped(Items& items);
    [[nodiscard]] Result<Operand> nameless(const Node& node, Items items);
    [[nodiscard]] tl::unexpected<Error> refuse(const Node& node, const Error& error) const;

    // sharing.cpp
    [[nodiscard]] std::optional<SharedParts::Number> shared_part(const Node& node) const;
    [[nodiscard]] Result<Operand> evaluate_shared(const Node& node, SharedParts::Number part);

    // selection.cpp
    [[nodiscard]] View view(const Shift& shift) const;
    [[nodiscard]] static Origin seen_from(const View& view, const Origin& origin);
    [[nodiscard]] Items select(const VectorSelector& selector, Reads reads = Reads::values);
    [[nodiscard]] Result<std::optional<double>> applied(const Call& call,
                                                        const Window& window) const;
    [[nodiscard]] Result<Items> over_selector(const Call& call,
                                              const MatrixSelector& ranged,
                                              std::span<const double> parameters);
    [[nodiscard]] Result<Items> over_subquery(const Call& call,
                                              const Node& node,
                                              const Subquery& subquery,
                                              std::span<const double> parameters);
    [[nodiscard]] Result<Tracks> run_subquery(const Node& node, const Subquery& subquery);
    [[nodiscard]] Status add_to_tracks(const Subquery& subquery, Tracks& tracks);

    /// Holds until the next call.
    const std::vector<SeriesId>& found_by(const VectorSelector& selector);
    const std::vector<SeriesId>& found_in_store(const VectorSelector& selector);
    [[nodiscard]] Items take_items();

    /// Whether a sample of this instant is within the lookback before `end`.
    [[nodiscard]] bool is_recent(TimePoint sample, TimePoint end) const;
    [[nodiscard]] bool is_living(SeriesId id, TimePoint at) const;

    /// Where a range of this series ends: `at`, or at its newest sample while the store holds it.
    [[nodiscard]] TimePoint end_of(SeriesId id, TimePoint at) const;

    /// Fills samples_ from the range before `end`; true when the series has ended by then.
    bool load(SeriesId id, TimePoint end, Duration range);

    Expression expression_;
    Options options_;
    const Store* store_ = nullptr;
    TimePoint now_{};
    Bounds bounds_{};
    Held held_ = Held::at_last;
    bool window_short_ = false;
    std::size_t evaluations_ = 0;  ///< that subqueries took
    std::size_t samples_read_ = 0;
    Origin consulted_{};  ///< see consulted()
    std::vector<Selection> selections_;
    std::vector<SeriesId> not_held_;
    std::vector<Sample> samples_;
    std::vector<std::vector<Item>> spare_;
    LabelPatterns patterns_;
    std::shared_ptr<SharedParts> parts_;
    std::vector<std::pair<const Node*, SharedParts::Number>> numbers_;  ///< sorted
    std::size_t users_around_ = 1;  ///< of the shared part that is under evaluation
};

}  // namespace tided::metrics::promql
