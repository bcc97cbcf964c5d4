// Question: one expression asked of a Prometheus server, and what is known of its answer.
//
// A question whose query fails keeps its last value, which ages as any other and turns stale at
// max_age; five minutes after that it is given up. A value that the server warns of ("partial
// response") may be a part of the truth: it is stale whatever its age.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/promql/ast.h"
#include "metrics/promql_api.h"
#include "metrics/sample_age.h"
#include "metrics/source.h"
#include "policy/vocab/reading.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

class Question {
public:
    /// With `label`: it asks for the values of that label, not for a number.
    explicit Question(promql::Expression expression,
                      std::string label = {},
                      Extent extent = Extent::number)
        : age_(std::move(expression)), label_(std::move(label)), extent_(extent) {}

    [[nodiscard]] bool asks_for_values() const { return !label_.empty(); }
    /// Whether any number of elements answers it.
    [[nodiscard]] bool takes_many() const {
        return asks_for_values() || extent_ == Extent::elements;
    }

    [[nodiscard]] const promql::Expression& expression() const { return age_.expression(); }

    /// The query for the age of its samples; "" when it has none that could age.
    [[nodiscard]] const std::string& companion() const { return age_.companion(); }

    /// Whether the answer says what was asked for: the one finite number a policy needs, or any
    /// element that may have a value of the label.
    [[nodiscard]] bool is_answered(const ApiAnswer& answer) const;

    struct Asked {
        TimePoint at{};          ///< by our clock
        std::size_t server = 0;  ///< of whom
    };

    /// Remembers an answer. `stamps`: what the companion answered for the same instant, null when
    /// it was not asked or gave no answer. What was seen on one server dates nothing of another's.
    void learn(const ApiAnswer& value, const ApiAnswer* stamps, Asked how);

    /// The answer just learned is complete, or (is_partial) the server warns of it.
    void is_partial(bool partial) { is_partial_ = partial; }

    /// The last query for it, or for the age of its samples, failed.
    void fail() { has_failed_ = true; }

    [[nodiscard]] Reading read(TimePoint now, Duration max_age) const;

    /// Partial where the server warns; stale after a failure, and when older than `max_age`.
    [[nodiscard]] Listing list(TimePoint now, Duration max_age) const;

    /// The elements that are kept, all of one instant: a server tells no age of each.
    [[nodiscard]] Measurements measure() const;

    /// Shifts what is known after a wall-clock jump.
    void rebase(Duration jump);

    /// How many questions may share a query with this one.
    [[nodiscard]] std::size_t company() const { return takes_many() ? 1 : most_together; }

    /// Less after a common query that was refused.
    std::size_t most_together = usual_company;
    static constexpr std::size_t usual_company = 200;

private:
    struct Kept {
        double value = 0.0;
        TimePoint evaluated;
        std::optional<TimePoint> sampled;  ///< unknown when empty
    };

    [[nodiscard]] Duration age_at(TimePoint now, Duration max_age) const;

    SampleAge age_;
    std::string label_;
    Extent extent_;
    std::vector<std::string> values_;   ///< in what is kept
    std::vector<ApiElement> elements_;  ///< of what is kept
    std::size_t server_ = 0;
    std::optional<Kept> kept_;
    Absence absence_ = Absence::never_seen;  ///< why nothing is kept
    bool has_failed_ = false;
    bool is_partial_ = false;
};

}  // namespace tided::metrics
