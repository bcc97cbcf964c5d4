// Listing: what is asked of an answer that need not be one number: the values of a label among its
// elements, which a template asks for, or each element with its age, which sizing asks for.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/evaluate.h"
#include "metrics/source.h"
#include "policy/vocab/labels.h"

namespace tided::metrics {

/// Sorted, each once; "" when an element lacks the label.
template <typename Elements>
[[nodiscard]] std::vector<std::string> values_among(const Elements& elements,
                                                    std::string_view label) {
    std::vector<std::string> values;
    values.reserve(elements.size());
    for (const auto& element : elements) {
        values.emplace_back(value_of(element.labels, label));
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

/// The values of `label` in the evaluator's result on `store` at `now`: partial when samples behind
/// one of its elements are older than `max_age`, since others may then have ended. Nothing when the
/// expression cannot be evaluated there, or has no elements by its type.
[[nodiscard]] Listing list(promql::Evaluator& evaluator,
                           const Store& store,
                           TimePoint now,
                           Duration max_age,
                           std::string_view label);

/// Every element of the evaluator's result on `store` at `now`; a scalar is one without labels.
/// What ages by nothing, as a constant, is of now.
[[nodiscard]] Measurements measure(promql::Evaluator& evaluator, const Store& store, TimePoint now);

}  // namespace tided::metrics
