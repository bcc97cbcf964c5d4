#include "metrics/listing.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tided::metrics {

Listing list(promql::Evaluator& evaluator,
             const Store& store,
             TimePoint now,
             Duration max_age,
             std::string_view label) {
    const auto value = evaluator.at(store, now);
    const auto* elements = value ? std::get_if<promql::Vector>(&*value) : nullptr;
    if (elements == nullptr) {
        return {};
    }
    const bool is_young = std::all_of(elements->begin(), elements->end(), [&](const auto& element) {
        return element.origin.is_constant() || now - element.origin.latest <= max_age;
    });
    return {.values = values_among(*elements, label),
            .answered = now,
            .freshness = is_young ? Freshness::fresh : Freshness::partial};
}

Measurements measure(promql::Evaluator& evaluator, const Store& store, TimePoint now) {
    auto value = evaluator.at(store, now);
    if (!value) {
        return {.absence = Absence::not_evaluated};
    }
    if (const double* scalar = std::get_if<double>(&*value)) {
        return {.all = {{.value = *scalar, .at = now}}, .absence = Absence::none};
    }
    Measurements found{.absence = Absence::no_series};
    if (auto* elements = std::get_if<promql::Vector>(&*value)) {
        for (promql::Element& element : *elements) {
            found.absence = Absence::none;
            found.all.push_back({.labels = std::move(element.labels),
                                 .value = element.value,
                                 .at = std::min(element.origin.latest, now)});
        }
    }
    return found;
}

}  // namespace tided::metrics
