#include "policy/steps.h"

#include <algorithm>
#include <cmath>

#include "policy/adjustment.h"
#include "policy/number.h"

namespace tided::policy {

namespace {

std::vector<Band>::const_iterator band_of(const Steps& rule, double value) {
    return std::ranges::find_if(
        rule.bands, [&](const Band& band) { return band.from <= value && value < band.to; });
}

std::string band_words(const Band& band) {
    if (std::isinf(band.from)) {
        return "less than " + number(band.to);
    }
    return std::isinf(band.to) ? number(band.from) + " or more"
                               : number(band.from) + " to " + number(band.to);
}

}  // namespace

std::optional<Proposal> take_step(const Question& question) {
    const Steps& rule = std::get<Steps>(question.metric.rule);
    const auto band = band_of(rule, question.value);
    if (band == rule.bands.end()) {
        return Proposal{.replicas = question.observed.replicas, .within_tolerance = true};
    }
    const Adjusted to = adjusted(question, band->change, rule.cooldown);
    return Proposal{.replicas = to.replicas,
                    .basis = {.terms = {static_cast<double>(to.start.count)}}};
}

std::string steps_words(const Reason& link, const PolicySpec& spec) {
    const Steps& rule = std::get<Steps>(spec.metrics[link.metric].rule);
    const auto band = band_of(rule, link.value);
    if (band == rule.bands.end()) {
        return " (in no band)";
    }
    const Replicas start{static_cast<std::int32_t>(link.basis.terms[0])};
    return " (" + band_words(*band) + ": " +
           adjustment_words(band->change, start, link.from, rule.cooldown) + ")";
}

}  // namespace tided::policy
