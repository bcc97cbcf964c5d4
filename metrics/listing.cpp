#include "metrics/listing.h"

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

}  // namespace tided::metrics
