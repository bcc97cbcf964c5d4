#include "policy/latency.h"

#include <algorithm>

#include "policy/adjustment.h"
#include "policy/learned_curve.h"
#include "policy/number.h"

namespace tided::policy {

namespace {

constexpr double farther = 1.25;     // beyond the largest load that was seen
constexpr double most_growth = 2.0;  // of the reactive rule

/// Basis::way. Terms: u*, load and error of the fit; `few_points` their number, `poor_fit` the
/// error, `tried` the load.
enum Way : std::uint8_t {
    given,
    learned,
    no_load_known,
    few_points,
    poor_fit,
    nothing_asked,
    tried
};

/// u*, or why there is none.
struct Model {
    double load_each = 0.0;  ///< 0: no model
    Basis why{};
};

/// REQUIRES: the curve is not empty, and its first latency meets the objective.
double load_meeting(const std::vector<LatencyPoint>& curve, double objective) {
    for (std::size_t i = 1; i < curve.size(); ++i) {
        const LatencyPoint& low = curve[i - 1];
        const LatencyPoint& high = curve[i];
        if (high.latency > objective) {
            return low.load + (high.load - low.load) * (objective - low.latency) /
                                  (high.latency - low.latency);
        }
    }
    return curve.back().load;
}

const LearnedCurve* curve_of(const PolicyState& state, const std::string& metric) {
    const auto found = std::ranges::find(state.curves, metric, &LearnedCurve::metric);
    return found == state.curves.end() ? nullptr : &*found;
}

Model learned_model(const Latency& rule, const LearnedCurve* curve) {
    const Fit fit = curve == nullptr ? Fit{} : fitted(curve->points);
    if (fit.points < fewest_points) {
        return {.why = {.way = few_points, .terms = {static_cast<double>(fit.points)}}};
    }
    const double load_each = fit.error > rule.max_error.value
                                 ? 0.0
                                 : std::min(fit.load_at(rule.objective), farther * fit.largest);
    if (load_each <= 0.0) {
        return {.why = {.way = poor_fit, .terms = {fit.error}}};
    }
    return {.load_each = load_each, .why = {.way = learned, .terms = {load_each, 0.0, fit.error}}};
}

Model model_of(const Question& question, const Latency& rule) {
    if (!rule.curve.empty()) {
        const double load_each = load_meeting(rule.curve, rule.objective);
        return {.load_each = load_each, .why = {.way = given, .terms = {load_each}}};
    }
    return learned_model(rule, curve_of(question.state, question.metric.name));
}

Proposal keep(const Observed& observed, const Basis& basis) {
    return {.replicas = observed.present, .within_tolerance = true, .basis = basis};
}

Proposal by_model(const Question& question, double objective, const Model& model, double load) {
    const Observed& observed = question.observed;
    Basis basis = model.why;
    basis.terms[1] = load;
    const double needed = load / model.load_each;
    if (is_within(needed / static_cast<double>(observed.present.count), question.tolerance)) {
        return keep(observed, basis);
    }
    const Replicas wanted = rounded_up(needed);
    return {.replicas = question.value > objective ? std::max(wanted, observed.replicas) : wanted,
            .basis = basis};
}

/// Without a model: bounded steps after the ratio, one per cool-down.
std::optional<Proposal> by_ratio(const Question& question, const Latency& rule, Basis basis) {
    const Observed& observed = question.observed;
    if (observed.replicas.count == 0) {
        const double load = question.other(rule.load).value;
        return basis.way == no_load_known
                   ? std::nullopt
                   : std::optional{
                         Proposal{.replicas = {1}, .basis = {.way = tried, .terms = {load}}}};
    }
    const double ratio = question.value / rule.objective;
    if (is_within(ratio, question.tolerance)) {
        return keep({.present = observed.replicas}, basis);
    }
    if (ratio > 1.0) {
        const double start = count_before_ups(question, rule.cooldown).count;
        return Proposal{.replicas = std::max(observed.replicas,
                                             rounded_up(start * std::min(ratio, most_growth))),
                        .basis = basis};
    }
    const Replicas start = count_before_downs(question, rule.cooldown);
    const Replicas least{start.count - std::max(1, start.count / 10)};
    const Replicas wanted =
        std::max({Replicas{1}, least, rounded_up(static_cast<double>(start.count) * ratio)});
    return Proposal{.replicas = std::min(observed.replicas, wanted), .basis = basis};
}

bool is_settled(const Observed& observed, const PolicyState& state, TimePoint since) {
    const auto is_younger = [&](const std::vector<ScaleEvent>& events) {
        return !events.empty() && events.back().at > since;
    };
    return observed.ready == observed.replicas && observed.present == observed.replicas &&
           observed.ready.count > 0 && !is_younger(state.ups) && !is_younger(state.downs);
}

LearnedCurve& curve_for(PolicyState& state, const std::string& metric) {
    const auto found = std::ranges::find(state.curves, metric, &LearnedCurve::metric);
    return found != state.curves.end() ? *found : state.curves.emplace_back(LearnedCurve{metric});
}

std::string model_words(const Reason& link, const PolicySpec& spec, const Latency& rule) {
    const auto [load_each, load, error] = link.basis.terms;
    return roughly(load_each) + " each" + (link.basis.way == given ? " by the curve given" : "") +
           (link.basis.way == learned
                ? " by the curve learned, which errs by " + roughly(100.0 * error) + "%"
                : "") +
           "; " + spec.metrics[rule.load].name + " is " + number(load);
}

}  // namespace

std::optional<Proposal> hold_latency(const Question& question) {
    const Latency& rule = std::get<Latency>(question.metric.rule);
    const Reading load = question.other(rule.load);
    const bool is_known = load.freshness >= Freshness::partial;
    const std::uint8_t unsure_of = load.is_fresh() ? no_metric : rule.load;
    if (is_known && load.value <= 0.0) {
        return Proposal{.unsure_of = unsure_of, .basis = {.way = nothing_asked}};
    }
    const Model model = is_known ? model_of(question, rule) : Model{.why = {.way = no_load_known}};
    std::optional<Proposal> proposal = model.load_each > 0.0
                                           ? by_model(question, rule.objective, model, load.value)
                                           : by_ratio(question, rule, model.why);
    if (proposal) {
        proposal->unsure_of = unsure_of;
    }
    return proposal;
}

bool load_says_enough(const Rule& rule, std::span<const Reading> readings, Replicas count) {
    const std::uint8_t metric = std::get<Latency>(rule).load;
    if (metric >= readings.size()) {
        return false;
    }
    const Reading load = as_number(readings[metric]);
    return load.is_fresh() && (load.value <= 0.0 || count == Replicas{0});
}

std::optional<Activity> load_of(const Question& question) {
    const std::uint8_t metric = std::get<Latency>(question.metric.rule).load;
    const Reading load = question.other(metric);
    if (load.freshness < Freshness::partial) {
        return std::nullopt;
    }
    return Activity{.amount = load.value, .unsure_of = load.is_fresh() ? no_metric : metric};
}

std::string latency_words(const Reason& link, const PolicySpec& spec) {
    const Latency& rule = std::get<Latency>(spec.metrics[link.metric].rule);
    const std::string& load = spec.metrics[rule.load].name;
    const double term = link.basis.terms[0];
    std::string text = " (objective " + number(rule.objective) + ", ";
    switch (link.basis.way) {
        case nothing_asked:
            return text + load + " is 0)";
        case tried:
            return text + load + " is " + number(term) + " and nothing runs, so one is tried)";
        case no_load_known:
            return text + "followed by its ratio: " + load + " has no usable value)";
        case few_points:
            return text + "followed by its ratio: " + number(term) + " of " +
                   std::to_string(fewest_points) + " points learned)";
        case poor_fit:
            return text + "followed by its ratio: the curve learned errs by " +
                   roughly(100.0 * term) + "%" + " or never meets it)";
        default:
            return text + "met at " + model_words(link, spec, rule) + ")";
    }
}

void learn_latencies(const PolicySpec& spec, const Inputs& inputs, PolicyState& state) {
    for (std::size_t i = 0; i < spec.metrics.size() && i < inputs.readings.size(); ++i) {
        const auto* rule = std::get_if<Latency>(&spec.metrics[i].rule);
        if (rule == nullptr || !rule->curve.empty() || rule->load >= inputs.readings.size()) {
            continue;
        }
        const Reading latency = as_number(inputs.readings[i]);
        const Reading load = as_number(inputs.readings[rule->load]);
        const bool is_observed = latency.is_fresh() && load.is_fresh() && latency.value > 0.0 &&
                                 load.value > 0.0 &&
                                 is_settled(*inputs.observed, state, inputs.now - rule->cooldown);
        if (is_observed) {
            learn(curve_for(state, spec.metrics[i].name),
                  {.load = load.value / static_cast<double>(inputs.observed->ready.count),
                   .latency = latency.value},
                  inputs.now);
        }
    }
}

}  // namespace tided::policy
