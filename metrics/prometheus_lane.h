// Lane of a Prometheus source: one query, the questions it answers, and how the last fetch went.
// A query of several questions brings one answer per value of a label; each question gets its part,
// and one whose value is not among the elements an empty answer.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "metrics/promql_api.h"
#include "metrics/query_groups.h"
#include "metrics/question.h"
#include "metrics/source.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

class PrometheusLane {
public:
    using Questions = std::vector<std::shared_ptr<Question>>;

    /// How the last fetch went.
    struct State {
        bool is_failing = false;
        bool is_silent = false;  ///< no answer came at all
        bool is_warned = false;  ///< the server warns of its answer
    };

    /// `questions` are those of the group, in its order.
    PrometheusLane(Questions questions, QueryGroup group);

    [[nodiscard]] const Questions& questions() const { return questions_; }
    [[nodiscard]] const std::string& query() const { return query_; }
    /// The query for the age of the samples; "" when none could age.
    [[nodiscard]] const std::string& companion() const { return companion_; }
    /// Whether `values` holds a number whose age must be known.
    [[nodiscard]] bool is_worth_dating(const ApiAnswer& values) const;

    /// The query, cut where it is long.
    [[nodiscard]] std::string shown() const;

    /// Hands each question its part. `stamps`: null when the companion gave no answer.
    /// Errors: corrupt, for an element that belongs to none of the values asked for; then no
    /// question has learned anything.
    [[nodiscard]] Status give(const ApiAnswer& values,
                              const ApiAnswer* stamps,
                              Question::Asked how);

    LaneCost cost;  ///< of the last fetch
    State state;
    bool is_hurried = false;   ///< its questions were just refused in larger company
    bool is_in_force = false;  ///< not laid aside while it was being fetched

private:
    Questions questions_;
    std::string label_;                ///< "" for one question
    std::vector<std::string> values_;  ///< of the label, one per question
    std::string query_;
    std::string companion_;
};

}  // namespace tided::metrics
