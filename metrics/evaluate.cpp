#include "metrics/evaluate.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metrics/number.h"
#include "metrics/promql/parser.h"
#include "metrics/promql/signatures.h"
#include "metrics/promql/support.h"
#include "metrics/sources.h"

namespace tided::metrics {
namespace {

// A policy needs one number: a range vector or a string is none.
Status check_result_type(const promql::Expression& expression) {
    const promql::ValueType type = expression.root->type;
    if (type == promql::ValueType::scalar || type == promql::ValueType::vector) {
        return {};
    }
    return fail(ErrorCode::invalid_input,
                promql::position_prefix(expression.text, expression.root->span.begin) +
                    "a scalar or an instant vector is needed, got a " +
                    std::string{to_string(type)});
}

// What is kept in memory is bounded, and what a fixed instant reads leaves it after a while: the
// policy would then stand without.
Status check_reach(const promql::Expression& expression) {
    static constexpr Duration farthest = std::chrono::days{31};
    if (needs(expression) > farthest) {
        return fail(ErrorCode::invalid_input,
                    promql::position_prefix(expression.text, expression.root->span.begin) +
                        "it looks back " + tided::to_string(needs(expression)) +
                        ", scraped samples are kept for " + tided::to_string(farthest) +
                        " at most");
    }
    for (const promql::SelectorUse& use : promql::selectors_of(expression)) {
        if (use.is_pinned) {
            return fail(ErrorCode::invalid_input,
                        promql::position_prefix(expression.text, use.span.begin) +
                            "scraped samples are kept for a time only: an instant pinned by @ "
                            "moves out of it; use offset");
        }
    }
    return {};
}

// How often the trees below subqueries are evaluated for one value of `node`, which itself is
// evaluated `times` times.
double evaluations_below(const promql::Node& node, double times, Duration standard_step) {
    double total = 0.0;
    const auto* subquery = std::get_if<promql::Subquery>(&node.form);
    if (subquery != nullptr) {
        const Duration step = subquery->step.value_or(standard_step);
        times *= std::ceil(to_seconds(subquery->range) / to_seconds(step));
        total = times;
    }
    for (const promql::Node* child : promql::children_of(node)) {
        total += evaluations_below(*child, times, standard_step);
    }
    return total;
}

// A policy's expression is evaluated at every tick, between everything else.
Status check_cost(const promql::Expression& expression, const promql::Options& options) {
    static constexpr double most = 20'000;
    const double count = evaluations_below(*expression.root, 1.0, options.step);
    if (count <= most) {
        return {};
    }
    return fail(ErrorCode::invalid_input,
                promql::position_prefix(expression.text, expression.root->span.begin) +
                    "its subqueries take " + format_number(count) +
                    " evaluations each time, the most is " + format_number(most) +
                    ": use a longer step or a shorter range");
}

Duration reach_of(const promql::SelectorUse& use, Duration lookback) {
    return use.range.value_or(lookback) + use.subquery_range + std::max(use.offset, Duration{});
}

void note_rates(const promql::Node& node, std::optional<Duration>& shortest) {
    const auto* call = std::get_if<promql::Call>(&node.form);
    if (call != nullptr && call->function->needs_two_samples) {
        const promql::Node& argument = promql::unwrapped(*call->arguments.front());
        if (const auto* range = std::get_if<promql::MatrixSelector>(&argument.form)) {
            shortest = std::min(shortest.value_or(range->range), range->range);
        }
    }
    for (const promql::Node* child : promql::children_of(node)) {
        note_rates(*child, shortest);
    }
}

}  // namespace

Result<promql::Evaluator> make_evaluator(std::string text, promql::Options options) {
    auto expression = promql::parse(std::move(text), options.dialect);
    if (!expression) {
        return fail(std::move(expression).error());
    }
    if (auto supported = promql::check_supported(*expression); !supported) {
        return fail(std::move(supported).error());
    }
    if (auto fits = check_result_type(*expression); !fits) {
        return fail(std::move(fits).error());
    }
    if (auto reaches = check_reach(*expression); !reaches) {
        return fail(std::move(reaches).error());
    }
    if (auto affordable = check_cost(*expression, options); !affordable) {
        return fail(std::move(affordable).error());
    }
    // Evaluation stands between everything else the daemon does.
    options.most_samples = std::min<std::size_t>(options.most_samples, 500'000);
    return promql::Evaluator{*std::move(expression), options};
}

Reading evaluate(
    promql::Evaluator& evaluator, const Store& store, TimePoint now, Duration max_age, Held held) {
    using Count = promql::Single::Count;
    const auto single = evaluator.single(store, now, held);
    if (!single) {
        return Reading::absent(Absence::not_evaluated);
    }
    if (single->count == Count::none) {
        return Reading::absent(single->window_short ? Absence::window_short : Absence::no_series);
    }
    if (single->count == Count::many) {
        return Reading::absent(Absence::many_series);
    }
    if (!std::isfinite(single->value)) {
        return Reading::absent(Absence::not_a_number);
    }
    const Duration age = single->origin.is_constant() ? Duration{} : now - single->origin.latest;
    return Reading::of(single->value, std::max(age, Duration{}), max_age);
}

Duration window_of(const promql::Expression& expression) {
    Duration longest{};
    for (const promql::SelectorUse& use : promql::selectors_of(expression)) {
        longest = std::max(longest, use.range.value_or(Duration{}) + use.subquery_range);
    }
    return longest;
}

Duration needs(const promql::Expression& expression, Duration lookback) {
    Duration longest = lookback;
    for (const promql::SelectorUse& use : promql::selectors_of(expression)) {
        longest = std::max(longest, reach_of(use, lookback));
    }
    return longest;
}

Duration samples_needed(const promql::Expression& expression) {
    Duration longest{};
    for (const promql::SelectorUse& use : promql::selectors_of(expression)) {
        const bool is_of_present =
            !use.range && use.subquery_range == Duration{} && use.offset <= Duration{};
        longest = std::max(longest, is_of_present ? Duration{} : reach_of(use, standard_lookback));
    }
    return longest;
}

Status check_expression(const std::string& expression, promql::Dialect dialect) {
    const auto evaluator = make_evaluator(expression, {.dialect = dialect});
    return evaluator ? Status{} : Status{fail(evaluator.error())};
}

Status check_remote_expression(const std::string& expression, promql::Dialect dialect) {
    const auto parsed = promql::parse(expression, dialect);
    return parsed ? check_result_type(*parsed) : Status{fail(parsed.error())};
}

std::optional<Duration> shortest_rate_range(const std::string& expression,
                                            promql::Dialect dialect) {
    std::optional<Duration> shortest;
    if (const auto parsed = promql::parse(expression, dialect)) {
        note_rates(*parsed->root, shortest);
    }
    return shortest;
}

}  // namespace tided::metrics
