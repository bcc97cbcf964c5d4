#include "policy/combine.h"

#include <algorithm>
#include <cmath>

#include "policy/activation.h"
#include "policy/fallback.h"
#include "policy/heard.h"
#include "policy/hpa/metrics.h"
#include "policy/strategies.h"

namespace tided::policy {

namespace {

/// Links kept free for what follows the metrics: the winner when it found no room, and then either
/// combine's own verdict or stabilisation, one limit, and what undo says.
constexpr std::size_t reserved_links = 4;

/// One metric's say: a link for the chain, and whether its `to` counts.
struct Say {
    Reason link;
    bool usable = false;
};

/// The link of a metric that has no usable value, if it has none.
bool is_silent(const Reading& reading, Reason& link) {
    if (reading.freshness == Freshness::absent || !std::isfinite(reading.value)) {
        link.code = ReasonCode::metric_absent;
        link.absence =
            reading.freshness == Freshness::absent ? reading.absence : Absence::not_a_number;
        link.value = 0.0;
        return true;
    }
    if (reading.freshness == Freshness::stale) {
        link.code = ReasonCode::metric_stale;
    }
    return reading.freshness == Freshness::stale;
}

std::optional<Activity> activity_of(const Strategy& strategy, const Question& question) {
    return strategy.activity == nullptr ? Activity{.amount = question.value}
                                        : strategy.activity(question);
}

/// What the metric wants, whoever is unsure of it.
std::optional<Proposal> proposal_of(const PolicySpec& spec,
                                    const Strategy& strategy,
                                    const Question& question,
                                    Reason& link) {
    const auto threshold = activation_of(spec, question.metric);
    const auto activity = threshold ? activity_of(strategy, question) : std::nullopt;
    const bool is_awake = activity && is_above(activity->amount, *threshold);
    if (activity && !is_awake && sends_to_idle(spec, question.observed.replicas)) {
        link.code = ReasonCode::metric_idle;
        link.basis = {.is_idle = true, .terms = {activity->amount}};
        return Proposal{.replicas = spec.idle.value_or(Replicas{0}),
                        .unsure_of = activity->unsure_of};
    }
    auto proposal = strategy.propose(question);
    if (proposal) {
        link.code =
            proposal->within_tolerance ? ReasonCode::within_tolerance : ReasonCode::metric_proposes;
        link.basis = proposal->basis;
        if (is_awake && proposal->replicas < fewest_awake(spec)) {
            link.basis.is_raised = true;
            proposal->replicas = fewest_awake(spec);
        }
    }
    return proposal;
}

/// A silent metric, or what its fallback asks for instead: more, or nothing.
Say fallen_back(const PolicySpec& spec,
                const Inputs& inputs,
                const PolicyState& state,
                Reason link) {
    const auto silent = overdue(spec, state, link.metric, inputs.now);
    if (!silent || spec.metrics[link.metric].fallback->replicas <= link.from) {
        return {.link = link};
    }
    link.code = ReasonCode::fallback_proposes;
    link.to = spec.metrics[link.metric].fallback->replicas;
    link.duration = *silent;
    return {.link = link, .usable = true};
}

/// Of who is unsure more counts, and nothing else does.
Say unsure(Reason link, const Proposal& proposal) {
    const bool is_more = proposal.replicas > link.from;
    link.code = is_more ? ReasonCode::partial_proposes : ReasonCode::metric_partial;
    link.to = is_more ? proposal.replicas : link.from;
    return {.link = link, .usable = is_more};
}

/// A metric of pods is judged as Kubernetes' controller judges it, by the default profile's rules.
Say ask_pods(const PolicySpec& spec, const Inputs& inputs, Reason link) {
    const hpa::Answer answer = hpa::ask_metric(spec, inputs, link.metric);
    if (answer.absence != Absence::none) {
        link.code = ReasonCode::metric_absent;
        link.absence = answer.absence;
        return {.link = link};
    }
    link.value = hpa::reported(spec.metrics[link.metric], answer);
    if (!inputs.readings[link.metric].is_fresh()) {
        return unsure(link, {.replicas = answer.replicas});
    }
    link.code = answer.is_within ? ReasonCode::within_tolerance : ReasonCode::metric_proposes;
    link.to = answer.replicas;
    return {.link = link, .usable = true};
}

Say ask(const PolicySpec& spec,
        const Inputs& inputs,
        const PolicyState& state,
        const Strategy& strategy,
        std::size_t index) {
    const auto metric = static_cast<std::uint8_t>(index);
    const Reading reading = index < inputs.readings.size() ? inputs.readings[index]
                                                           : Reading::absent(Absence::never_seen);
    const Tolerance tolerance{.down = spec.behavior.down.tolerance,
                              .up = spec.behavior.up.tolerance};
    Reason link{.metric = metric,
                .rung = reading.rung,
                .culprit = reading.culprit,
                .from = inputs.observed->replicas,
                .to = inputs.observed->replicas,
                .value = reading.value,
                .duration = reading.age};
    if (is_silent(reading, link) &&
        !speaks_without_value(spec, inputs.readings, index, inputs.observed->replicas)) {
        return fallen_back(spec, inputs, state, link);
    }
    if (hpa::is_of_pods(spec.metrics[index].type)) {
        return ask_pods(spec, inputs, link);
    }
    const Question question{.metric = spec.metrics[index],
                            .value = link.value,
                            .observed = *inputs.observed,
                            .state = state,
                            .readings = inputs.readings,
                            .tolerance = tolerance,
                            .now = inputs.now};
    const auto proposal = proposal_of(spec, strategy, question, link);
    if (!proposal) {
        link.code = ReasonCode::not_judged;
        return {.link = link};
    }
    if (reading.freshness == Freshness::partial) {
        link.absence = reading.absence;
        return unsure(link, *proposal);
    }
    if (proposal->unsure_of != no_metric) {
        const Reading other = question.other(proposal->unsure_of);
        link.culprit = other.culprit == no_metric ? proposal->unsure_of : other.culprit;
        link.absence = other.freshness == Freshness::stale ? Absence::outdated : other.absence;
        return unsure(link, *proposal);
    }
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

Combined combine(const PolicySpec& spec,
                 const Inputs& inputs,
                 const PolicyState& state,
                 ReasonChain& reasons) {
    std::optional<Reason> winner;
    std::optional<Reason> unusable;
    bool winner_is_linked = false;
    for (std::size_t i = 0; i < spec.metrics.size(); ++i) {
        const Strategy* strategy = strategy_of(spec.metrics[i].rule);
        if (strategy == nullptr) {
            continue;
        }
        const Say say = ask(spec, inputs, state, *strategy, i);
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
