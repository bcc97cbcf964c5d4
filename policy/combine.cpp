#include "policy/combine.h"

#include <cmath>

#include "policy/strategies.h"

namespace tided::policy {

namespace {

/// Links kept free for what follows the metrics: the winner when it found no room, combine's own
/// verdict, stabilisation, and one limit.
constexpr std::size_t reserved_links = 4;

/// One metric's say: a link for the chain, and whether its `to` counts.
struct Say {
    Reason link;
    bool usable = false;
};

Say ask(const PolicySpec& spec, const Inputs& inputs, std::size_t index) {
    const MetricSpec& metric = spec.metrics[index];
    const Reading reading = index < inputs.readings.size() ? inputs.readings[index]
                                                           : Reading::absent(Absence::never_seen);
    Reason link{.metric = static_cast<std::uint8_t>(index),
                .rung = reading.rung,
                .from = inputs.observed->replicas,
                .to = inputs.observed->replicas,
                .value = reading.value,
                .duration = reading.age};
    if (reading.freshness == Freshness::absent || !std::isfinite(reading.value)) {
        link.code = ReasonCode::metric_absent;
        link.absence =
            reading.freshness == Freshness::absent ? reading.absence : Absence::not_a_number;
        link.value = 0.0;
        return {.link = link};
    }
    if (reading.freshness == Freshness::stale) {
        link.code = ReasonCode::metric_stale;
        return {.link = link};
    }
    const ScalingRules& up = spec.behavior.up;
    const ScalingRules& down = spec.behavior.down;
    const auto proposal = strategy_of(metric.target.kind)
                              .propose({.value = reading.value,
                                        .amount = metric.target.amount,
                                        .observed = *inputs.observed,
                                        .tolerance = {.down = down.tolerance, .up = up.tolerance}});
    if (!proposal) {
        link.code = ReasonCode::none_ready;
        return {.link = link};
    }
    if (reading.freshness == Freshness::partial) {
        const bool is_more = proposal->replicas > link.from;
        link.code = is_more ? ReasonCode::partial_proposes : ReasonCode::metric_partial;
        link.to = is_more ? proposal->replicas : link.from;
        return {.link = link, .usable = is_more};
    }
    link.code =
        proposal->within_tolerance ? ReasonCode::within_tolerance : ReasonCode::metric_proposes;
    link.to = proposal->replicas;
    return {.link = link, .usable = true};
}

/// Adds the verdict's link when the largest proposal must not be followed.
Combined judged(const Reason& winner, const Reason* unusable, ReasonChain& reasons) {
    const Combined combined{.largest = winner.to, .permitted = true};
    if (unusable == nullptr || winner.to >= winner.from) {
        return combined;
    }
    reasons.add({.code = ReasonCode::unsure_no_scale_down,
                 .metric = unusable->metric,
                 .from = winner.from,
                 .to = winner.to});
    return {.largest = winner.to, .permitted = false};
}

}  // namespace

Combined combine(const PolicySpec& spec, const Inputs& inputs, ReasonChain& reasons) {
    std::optional<Reason> winner;
    std::optional<Reason> unusable;
    bool winner_is_linked = false;
    for (std::size_t i = 0; i < spec.metrics.size(); ++i) {
        const Say say = ask(spec, inputs, i);
        const bool has_room = reasons.links().size() + reserved_links < ReasonChain::capacity;
        if (has_room) {
            reasons.add(say.link);
        } else {
            reasons.leave_out();
        }
        if (!say.usable && !unusable) {
            unusable = say.link;
        }
        if (say.usable && (!winner || say.link.to > winner->to)) {
            winner = say.link;
            winner_is_linked = has_room;
        }
    }
    if (!winner) {
        const Replicas current = inputs.observed->replicas;
        reasons.add({.code = ReasonCode::no_usable_metric, .from = current, .to = current});
        return {};
    }
    if (!winner_is_linked) {
        reasons.add(*winner);
    }
    return judged(*winner, unusable ? &*unusable : nullptr, reasons);
}

}  // namespace tided::policy
