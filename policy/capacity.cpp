#include "policy/capacity.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "policy/number.h"

namespace tided::policy {

namespace {

using forecast::Because;
using forecast::Outlook;

constexpr Duration idle_after = std::chrono::minutes{5};

/// Basis::way is that of the outlook, or this. Terms: replicas expected, headroom, seconds.
constexpr auto not_learned = static_cast<std::uint8_t>(Because::absence) + 1;

double in_replicas(double value, const Capacity& rule) {
    constexpr double most = std::numeric_limits<std::int32_t>::max();
    return std::clamp(value / rule.amount, 0.0, most);
}

const LearnedLoad* learned_of(const PolicyState& state, const std::string& metric) {
    const auto found = std::ranges::find(state.loads, metric, &LearnedLoad::metric);
    return found == state.loads.end() ? nullptr : &*found;
}

/// Another capacity is another scale: what was counted in the old one is forgotten.
LearnedLoad& learned_for(PolicyState& state, const std::string& metric, const Capacity& rule) {
    const auto found = std::ranges::find(state.loads, metric, &LearnedLoad::metric);
    LearnedLoad& learned = found != state.loads.end()
                               ? *found
                               : state.loads.emplace_back(LearnedLoad{.metric = metric});
    if (learned.capacity != rule.amount) {
        learned.capacity = rule.amount;
        learned.memory.history = {};
        learned.memory.absence = {};
        learned.recent = {};
    }
    return learned;
}

Foreseen foresee(LearnedLoad& learned, double load, Duration age, const Inputs& inputs) {
    const forecast::Seen seen{.load = load, .at = inputs.now - std::max(age, Duration{0})};
    const Observed& observed = *inputs.observed;
    const Outlook outlook = forecast::look_ahead(learned.memory, seen, observed, inputs.now);
    const forecast::Need need{.now = rounded_up(outlook.load),
                              .least = rounded_up(outlook.least),
                              .steady = rounded_up(outlook.steady)};
    return {.outlook = outlook,
            .replicas = forecast::released(
                learned.recent, need, observed.replicas, outlook.agitation, inputs.now),
            .at = inputs.now};
}

std::string because_clause(const Basis& basis) {
    switch (static_cast<Because>(basis.way)) {
        case Because::surge:
            return " because it surges";
        case Because::recurrence:
            return " because it bursts daily at this time";
        default:
            return " with a headroom of " + roughly(basis.terms[1]);
    }
}

std::string outlook_clause(const Basis& basis) {
    const std::string worth = roughly(basis.terms[0]) + " replicas' worth";
    const std::string within =
        tided::to_string(std::chrono::seconds{static_cast<std::int64_t>(basis.terms[2])});
    if (basis.way == not_learned) {
        return worth + because_clause(basis);
    }
    return basis.way == static_cast<std::uint8_t>(Because::absence)
               ? "traffic vanished, so " + worth + " is held for " + within + " more"
               : worth + " is expected within " + within + because_clause(basis);
}

/// Why the count differs from what is expected.
std::string release_clause(const Reason& link) {
    const Replicas expected = rounded_up(link.basis.terms[0]);
    if (link.basis.is_raised || expected == link.to) {
        return "";
    }
    return link.to > expected ? "; a fall must last, and be worth a step"
                              : "; that nearly suffices";
}

}  // namespace

std::optional<Proposal> cover_load(const Question& question) {
    const Capacity& rule = std::get<Capacity>(question.metric.rule);
    const LearnedLoad* learned = learned_of(question.state, question.metric.name);
    if (learned == nullptr || learned->foreseen.at != question.now) {
        const double headroom =
            forecast::factor(learned == nullptr ? forecast::Headroom{} : learned->memory.headroom);
        const double expected = in_replicas(question.value, rule) * headroom;
        return Proposal{.replicas = rounded_up(expected),
                        .basis = {.way = not_learned, .terms = {expected, headroom}}};
    }
    const auto& [outlook, replicas, at] = learned->foreseen;
    return Proposal{
        .replicas = replicas,
        .within_tolerance =
            replicas == question.observed.replicas && replicas != rounded_up(outlook.load),
        .basis = {
            .way = static_cast<std::uint8_t>(outlook.because),
            .terms = {outlook.load, outlook.headroom, std::ceil(to_seconds(outlook.within))}}};
}

std::optional<Activity> recent_load(const Question& question) {
    const Capacity& rule = std::get<Capacity>(question.metric.rule);
    const LearnedLoad* learned = learned_of(question.state, question.metric.name);
    if (learned == nullptr || learned->foreseen.at != question.now ||
        question.observed.replicas == Replicas{0}) {
        return Activity{.amount = question.value};
    }
    const forecast::Memory& memory = learned->memory;
    double most = memory.absence.before;
    const std::size_t entries =
        std::min<std::size_t>(memory.history.size, forecast::entries_in(idle_after));
    for (std::size_t i = 0; i < entries; ++i) {
        most = std::max(most, memory.history.ago(i));
    }
    return Activity{.amount = std::max(question.value, most * rule.amount)};
}

std::string capacity_words(const Reason& link, const PolicySpec& spec) {
    const Capacity& rule = std::get<Capacity>(spec.metrics[link.metric].rule);
    return " (" + number(rule.amount) + " each; " + outlook_clause(link.basis) +
           release_clause(link) + ")";
}

void learn_loads(const PolicySpec& spec, const Inputs& inputs, PolicyState& state) {
    for (std::size_t i = 0; i < spec.metrics.size() && i < inputs.readings.size(); ++i) {
        const auto* rule = std::get_if<Capacity>(&spec.metrics[i].rule);
        const Reading& reading = inputs.readings[i];
        if (rule == nullptr || !reading.is_fresh() || !std::isfinite(reading.value)) {
            continue;
        }
        LearnedLoad& learned = learned_for(state, spec.metrics[i].name, *rule);
        if (learned.foreseen.at != inputs.now) {
            learned.foreseen =
                foresee(learned, in_replicas(reading.value, *rule), reading.age, inputs);
        }
    }
}

void shift(LearnedLoad& learned, Duration jump) {
    forecast::shift(learned.memory, jump);
    learned.recent.slot += learned.recent.slot == 0 ? 0 : jump / forecast::spacing;
    learned.foreseen.at += jump;
}

void resume(LearnedLoad& learned, TimePoint now) {
    const std::int64_t slots_away =
        now.time_since_epoch() / forecast::spacing - learned.recent.slot;
    if (slots_away >= static_cast<std::int64_t>(forecast::SteadyNeeds::capacity)) {
        learned.recent = {};
    }
    learned.memory.lead.goal = {};
    learned.memory.lead.asked = {};
}

std::optional<Duration> start_time(const PolicyState& state) {
    const auto found = std::ranges::find_if(
        state.loads, [](const LearnedLoad& learned) { return learned.memory.lead.measured; });
    return found == state.loads.end() ? std::nullopt : std::optional{found->memory.lead.estimate};
}

}  // namespace tided::policy
