// The rule of a metric: target, threshold, steps, backlog, pass_through, latency or capacity.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "daemon/config/compile_metrics.h"
#include "daemon/config/spelling.h"
#include "policy/number.h"

namespace tided::config {
namespace {

using policy::Adjustment;
using policy::ChangeBy;

const Table& metric_table() {
    return *policy_group().find("")->find("metric")->inner;
}

/// Written and positive, or nothing; what is not positive is reported.
std::optional<double> positive(Compiling& in, const Fields& fields, std::string_view key) {
    const Node* written = fields.find(key);
    if (written == nullptr) {
        return std::nullopt;
    }
    const double amount = fields.number(key);
    if (amount <= 0.0) {
        in.report.add(
            Problem::out_of_range, written->value, {key, "greater than 0", shown(*written)});
    }
    return amount;
}

/// Whether a key of the table is there that the schema does not know: that was reported, and what
/// seems missing may be what was meant.
bool has_stranger(const Fields& fields) {
    const auto& children = fields.node()->children;
    return std::any_of(
        children.begin(), children.end(), [](const Node& child) { return !child.is_usable; });
}

policy::Rule compile_target(Compiling& in, const Fields& fields) {
    const bool has_value = fields.is_written("value");
    if (!has_stranger(fields) && has_value == fields.is_written("average_value")) {
        in.report.add(
            Problem::one_of_two, fields.node()->key, {"'target'", "'value' and 'average_value'"});
    }
    return Target{
        .kind = has_value ? TargetKind::value : TargetKind::average_value,
        .amount = positive(in, fields, has_value ? "value" : "average_value").value_or(0.0)};
}

struct ChangeKey {
    std::string_view key;
    ChangeBy by{};
    std::int32_t sign = 1;
};

constexpr std::array<ChangeKey, 3> adding{{{"add", ChangeBy::replicas, 1},
                                           {"add_percent", ChangeBy::percent, 1},
                                           {"up_to", ChangeBy::exact, 1}}};
constexpr std::array<ChangeKey, 3> removing{{{"remove", ChangeBy::replicas, -1},
                                             {"remove_percent", ChangeBy::percent, -1},
                                             {"down_to", ChangeBy::exact, 1}}};
constexpr std::array<ChangeKey, 5> in_band{{{"add", ChangeBy::replicas, 1},
                                            {"add_percent", ChangeBy::percent, 1},
                                            {"remove", ChangeBy::replicas, -1},
                                            {"remove_percent", ChangeBy::percent, -1},
                                            {"replicas", ChangeBy::exact, 1}}};

std::string listing(std::span<const ChangeKey> keys) {
    std::string text;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        text += i == 0 ? "'" : i + 1 == keys.size() ? "' and '" : "', '";
        text += keys[i].key;
    }
    return text + '\'';
}

/// The one change that is written. `of`: what needs it, and where that stands.
Adjustment compile_change(Compiling& in,
                          const Fields& fields,
                          std::span<const ChangeKey> keys,
                          std::string_view of,
                          const Place& at) {
    Adjustment change;
    std::size_t written = 0;
    for (const ChangeKey& one : keys) {
        if (fields.is_written(one.key)) {
            ++written;
            change = {.by = one.by,
                      .amount = one.sign * static_cast<std::int32_t>(fields.integer(one.key))};
        }
    }
    if (written != 1 && !has_stranger(fields)) {
        in.report.add(Problem::one_of_two, at, {of, listing(keys)});
    }
    return change;
}

/// One side of a threshold.
Adjustment compile_side(Compiling& in,
                        const Fields& fields,
                        std::string_view bound,
                        std::span<const ChangeKey> keys) {
    if (fields.is_written(bound)) {
        return compile_change(
            in, fields, keys, '\'' + std::string{bound} + '\'', fields.node()->find(bound)->key);
    }
    for (const ChangeKey& one : keys) {
        const Node* stray = fields.node()->find(one.key);
        if (stray != nullptr && !has_stranger(fields)) {
            in.report.add(Problem::needs_other_key, stray->key, {one.key, bound});
        }
    }
    return {};
}

/// Reports unless `low` < `high`, both written.
void check_rising(Compiling& in,
                  const Fields& fields,
                  std::string_view low,
                  std::string_view high) {
    if (fields.find(low) != nullptr && fields.find(high) != nullptr &&
        fields.number(high) <= fields.number(low)) {
        in.report.add(Problem::not_greater,
                      fields.place(high),
                      {high, shown(*fields.find(high)), low, shown(*fields.find(low))});
    }
}

policy::Rule compile_threshold(Compiling& in, const Fields& fields, Duration cooldown) {
    policy::Threshold rule{.cooldown = cooldown};
    if (!fields.is_written("above") && !fields.is_written("below") && !has_stranger(fields)) {
        in.report.add(
            Problem::needs_one_of, fields.node()->key, {"'threshold'", "'above' and 'below'"});
    }
    rule.add = compile_side(in, fields, "above", adding);
    rule.remove = compile_side(in, fields, "below", removing);
    rule.above = fields.find("above") == nullptr ? rule.above : fields.number("above");
    rule.below = fields.find("below") == nullptr ? rule.below : fields.number("below");
    check_rising(in, fields, "below", "above");
    return rule;
}

std::string band_name(const policy::Band& band) {
    const std::string from = std::isinf(band.from) ? "" : "from " + policy::number(band.from);
    const std::string to = std::isinf(band.to) ? "" : "to " + policy::number(band.to);
    return from + (from.empty() || to.empty() ? "" : " ") + to;
}

policy::Band compile_band(Compiling& in, const Fields& fields) {
    policy::Band band;
    if (!fields.is_written("from") && !fields.is_written("to") && !has_stranger(fields)) {
        in.report.add(Problem::needs_one_of, fields.node()->value, {"a band", "'from' and 'to'"});
    }
    band.change = compile_change(in, fields, in_band, "a band", fields.node()->value);
    band.from = fields.find("from") == nullptr ? band.from : fields.number("from");
    band.to = fields.find("to") == nullptr ? band.to : fields.number("to");
    check_rising(in, fields, "from", "to");
    return band;
}

policy::Rule compile_steps(Compiling& in, const Fields& metric, Duration cooldown) {
    policy::Steps rule{.cooldown = cooldown};
    for (const Node& node : metric.find("steps")->children) {
        const policy::Band band = compile_band(in, {&node, *metric_table().find("steps")->inner});
        const auto other = std::ranges::find_if(rule.bands, [&](const policy::Band& one) {
            return std::max(one.from, band.from) < std::min(one.to, band.to);
        });
        if (other != rule.bands.end()) {
            in.report.add(
                Problem::overlapping_bands, node.value, {band_name(band), band_name(*other)});
        }
        rule.bands.push_back(band);
    }
    return rule;
}

/// The metric that is named under `key`.
std::uint8_t named(Compiling& in, const Fields& fields, std::string_view key, RuleOf& of) {
    const Node* written = fields.find(key);
    if (written == nullptr) {
        of.names.is_doubtful = of.names.is_doubtful || fields.is_written(key);
        return policy::no_metric;
    }
    const auto found = of.names.find(written->text);
    if (!found) {
        of.names.is_doubtful = true;
        in.report.add(Problem::unknown_name,
                      written->value,
                      {"metric", written->text},
                      did_you_mean(written->text, of.names.all()));
    } else if (*found == of.metric) {
        in.report.add(Problem::bad_value, written->value, {key, "it is the metric itself"});
    }
    return found.value_or(policy::no_metric);
}

policy::Rule compile_backlog(Compiling& in, const Fields& fields, RuleOf& of) {
    const bool drains = fields.is_written("drain_within");
    if (!drains && !fields.is_written("per_replica") && !has_stranger(fields)) {
        in.report.add(Problem::needs_one_of,
                      fields.node()->key,
                      {"'backlog'", "'per_replica' and 'drain_within'"});
    }
    for (const char* key : {"rate", "rate_per_replica", "arrivals"}) {
        if (!drains && fields.is_written(key)) {
            in.report.add(
                Problem::needs_other_key, fields.node()->find(key)->key, {key, "drain_within"});
        }
    }
    if (drains && !fields.is_written("rate") && !fields.is_written("rate_per_replica") &&
        !has_stranger(fields)) {
        in.report.add(Problem::needs_one_of,
                      fields.node()->find("drain_within")->key,
                      {"'drain_within'", "'rate' and 'rate_per_replica'"});
    }
    return policy::Backlog{.per_replica = positive(in, fields, "per_replica"),
                           .drain_within = fields.written_duration("drain_within"),
                           .rate_per_replica = positive(in, fields, "rate_per_replica"),
                           .rate = named(in, fields, "rate", of),
                           .arrivals = named(in, fields, "arrivals", of)};
}

/// The points of a curve, as far as they rise.
std::vector<policy::LatencyPoint> compile_curve(Compiling& in, const Fields& fields) {
    std::vector<policy::LatencyPoint> curve;
    const Node* points = fields.find("curve");
    const Table& schema = *metric_table().find("latency")->inner->find("curve")->inner;
    for (std::size_t i = 0; points != nullptr && i < points->children.size(); ++i) {
        const Fields point{&points->children[i], schema};
        curve.push_back({.load = point.number("load"), .latency = point.number("latency")});
        const double before = i == 0 ? 0.0 : curve[i - 1].load;
        if (point.find("load") != nullptr && curve[i].load <= before) {
            in.report.add(Problem::not_greater,
                          point.place("load"),
                          {"load", shown(*point.find("load")), "load", policy::number(before)},
                          i == 0 ? "" : "that is the load of the point before");
        }
        if (i > 0 && point.find("latency") != nullptr && curve[i].latency < curve[i - 1].latency) {
            in.report.add(Problem::bad_value,
                          point.place("latency"),
                          {"latency", "it is less than at the point before, under less load"});
        }
    }
    return curve;
}

policy::Rule compile_latency(Compiling& in, const Fields& fields, RuleOf& of, Duration cooldown) {
    policy::Latency rule{.objective = positive(in, fields, "objective").value_or(1.0),
                         .load = named(in, fields, "load", of),
                         .curve = compile_curve(in, fields),
                         .max_error = Ratio{fields.number("max_error")},
                         .cooldown = cooldown};
    if (!rule.curve.empty() && fields.find("objective") != nullptr &&
        rule.objective < rule.curve.front().latency) {
        in.report.add(Problem::bad_value,
                      fields.place("objective"),
                      {"objective", "the curve exceeds it even at its first point"});
    }
    return rule;
}

bool is_rule(const Node& key) {
    constexpr std::string_view rules = "target threshold steps backlog latency capacity";
    return has_word(rules, key.name) || (key.name == "pass_through" && key.boolean);
}

}  // namespace

policy::Rule compile_rule(Compiling& in, const Fields& metric, RuleOf of) {
    const Node* written = nullptr;
    for (const Node& key : metric.node()->children) {
        if (!is_rule(key)) {
            continue;
        }
        if (written != nullptr) {
            in.report.add(Problem::several_rules, key.key, {key.name, written->name});
        }
        written = written == nullptr ? &key : written;
    }
    if (written == nullptr) {
        of.names.is_doubtful = of.names.is_doubtful || has_stranger(metric);
        return policy::Input{};
    }
    of.names.is_doubtful = of.names.is_doubtful || !written->is_usable;
    const std::string& kind = written->name;
    const Duration cooldown = metric.duration("cooldown");
    if (!written->is_usable || kind == "pass_through") {
        return policy::PassThrough{};
    }
    return kind == "target"      ? compile_target(in, metric.inner(kind))
           : kind == "threshold" ? compile_threshold(in, metric.inner(kind), cooldown)
           : kind == "steps"     ? compile_steps(in, metric, cooldown)
           : kind == "backlog"   ? compile_backlog(in, metric.inner(kind), of)
           : kind == "capacity"  ? policy::Capacity{positive(in, metric, kind).value_or(1.0)}
                                 : compile_latency(in, metric.inner(kind), of, cooldown);
}

}  // namespace tided::config
