#include "policy/backlog.h"

#include <algorithm>

#include "policy/number.h"

namespace tided::policy {

namespace {

/// Basis::way; the terms of `drained` are arrivals and rate of a replica, a second.
enum Way : std::uint8_t { shared, drained, nothing, tried };

/// A flow that the rule names: what it says, and whether that is known well enough to shrink.
struct Flow {
    double per_second = 0.0;
    bool is_fresh = true;
};

Flow flow_of(const Question& question, std::uint8_t metric) {
    if (metric == no_metric) {
        return {};
    }
    const Reading reading = question.other(metric);
    const bool is_usable = reading.freshness >= Freshness::partial;
    return {.per_second = is_usable ? std::max(reading.value, 0.0) : 0.0,
            .is_fresh = reading.is_fresh()};
}

/// A flow that is not fresh, if there is one.
std::uint8_t unsure_of(const Backlog& rule, const Flow& rate, const Flow& arrivals) {
    if (rate.is_fresh && arrivals.is_fresh) {
        return no_metric;
    }
    return rate.is_fresh ? rule.arrivals : rule.rate;
}

/// Of one replica, a second; 0 when nothing is known of it.
double rate_of_replica(const Question& question, const Backlog& rule, const Flow& rate) {
    const double given = rule.rate_per_replica.value_or(0.0);
    const double ready = question.observed.ready.count;
    if (ready <= 0.0 || rate.per_second <= 0.0) {
        return given;
    }
    const double measured = rate.per_second / ready;
    return question.value >= ready ? measured : std::max(measured, given);
}

Proposal near_enough(const Question& question, double needed, Basis basis) {
    const Replicas present = question.observed.present;
    const bool is_near = is_within(needed / static_cast<double>(present.count), question.tolerance);
    return {.replicas = is_near ? present : rounded_up(needed),
            .within_tolerance = is_near,
            .basis = basis};
}

std::optional<Proposal> drain(const Question& question,
                              const Backlog& rule,
                              const Flow& rate,
                              const Flow& arrivals) {
    const double waiting = std::max(question.value, 0.0);
    if (waiting <= 0.0 && arrivals.per_second <= 0.0) {
        return Proposal{.basis = {.way = nothing}};
    }
    const double each = rate_of_replica(question, rule, rate);
    if (each > 0.0) {
        const double flow = arrivals.per_second + waiting / to_seconds(*rule.drain_within);
        return near_enough(
            question, flow / each, {.way = drained, .terms = {arrivals.per_second, each}});
    }
    if (rule.per_replica) {
        return near_enough(question, waiting / *rule.per_replica, {.way = shared});
    }
    if (question.observed.replicas == Replicas{0}) {
        return Proposal{.replicas = {1}, .basis = {.way = tried}};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Proposal> work_off(const Question& question) {
    const Backlog& rule = std::get<Backlog>(question.metric.rule);
    if (!rule.drain_within) {
        return near_enough(question, question.value / *rule.per_replica, {.way = shared});
    }
    const Flow rate = flow_of(question, rule.rate);
    const Flow arrivals = flow_of(question, rule.arrivals);
    std::optional<Proposal> proposal = drain(question, rule, rate, arrivals);
    if (proposal) {
        proposal->unsure_of = unsure_of(rule, rate, arrivals);
    }
    return proposal;
}

std::optional<Activity> work_at_hand(const Question& question) {
    const Backlog& rule = std::get<Backlog>(question.metric.rule);
    if (!rule.drain_within) {
        return Activity{.amount = question.value};
    }
    const Flow rate = flow_of(question, rule.rate);
    const Flow arrivals = flow_of(question, rule.arrivals);
    return Activity{.amount = question.value + arrivals.per_second * to_seconds(*rule.drain_within),
                    .unsure_of = unsure_of(rule, rate, arrivals)};
}

std::string backlog_words(const Reason& link, const PolicySpec& spec) {
    const Backlog& rule = std::get<Backlog>(spec.metrics[link.metric].rule);
    if (link.basis.way == nothing) {
        return rule.arrivals == no_metric ? " (nothing waits)" : " (nothing waits, nothing comes)";
    }
    if (link.basis.way == tried) {
        return " (no rate of a replica is known yet, so one is tried)";
    }
    if (link.basis.way == shared) {
        return " (" + number(*rule.per_replica) + " each)";
    }
    const auto [arrivals, each, unused] = link.basis.terms;
    std::string text = " (drained within " + tided::to_string(*rule.drain_within) + " at " +
                       roughly(each) + "/s each";
    if (rule.arrivals != no_metric) {
        text += ", " + number(arrivals) + "/s arriving";
    }
    return text + ")";
}

}  // namespace tided::policy
