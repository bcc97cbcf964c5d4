// [[policy.NAME.schedule]]: rules of time, what they ask for, and whether they fit together.
#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "daemon/config/compile.h"
#include "daemon/config/expression.h"
#include "daemon/config/spelling.h"

namespace tided::config {
namespace {

constexpr std::size_t most_rules = 100;

const Table& schedule_table() {
    return *policy_group().find("")->find("schedule")->inner;
}

// ---- when ----

void compile_cron(Compiling& in, const Fields& fields, TimeRule& rule) {
    const Node* node = fields.find("cron");
    if (node == nullptr) {
        return;
    }
    const auto cron = parse_cron(node->text);
    if (!cron) {
        Place at =
            place_inside(in.report.text_of(node->value), node->value, 1, cron.error().at + 1);
        at.width = cron.error().width;
        in.report.add(Problem::bad_cron, at, {cron.error().message}, cron.error().advice);
        return;
    }
    if (!ever_fires(*cron)) {
        in.report.add(Problem::never_fires, node->value, {});
        return;
    }
    if (!fields.is_written("for")) {
        in.report.add(Problem::needs_other_key, node->key, {"cron", "for"});
    }
    rule.cron = *cron;
}

void compile_dates(Compiling& in, const Fields& fields, std::string_view key, TimeRule& rule) {
    const Node* node = fields.find(key);
    if (node == nullptr) {
        return;
    }
    refuse_no_days(in, *node);
    for (const Node* element : elements_of(*node)) {
        const Result<DateEntry> entry = parse_date(element->text);
        if (!entry) {
            in.report.add(Problem::bad_date, element->value, {key, entry.error().message});
        } else if (entry->has_time && !entry->is_range && !fields.is_written("for")) {
            in.report.add(
                Problem::bad_date,
                element->value,
                {key, '\'' + element->text + "' is a beginning, and needs 'for' or an end"});
        } else {
            rule.dates.push_back(*entry);
        }
    }
}

void compile_calendar(Compiling& in, const Fields& fields, TimeRule& rule) {
    rule.calendar = compile_pick(in, fields);
    if (!rule.calendar || fields.is_written("for")) {
        return;
    }
    const auto& events = rule.calendar->calendar->events;
    const auto endless = std::ranges::find_if(events, [&](const CalendarEvent& event) {
        return matches(event, rule.calendar->match) && !event.length && !event.start.is_date &&
               !event.is_cancelled;
    });
    if (endless != events.end()) {
        const Node& node = *fields.find("calendar");
        in.report.add(Problem::bad_calendar,
                      node.value,
                      {node.text, "event " + event_name(*endless) + " has no end"},
                      "say with 'for' how long such events last");
        rule.calendar.reset();
    }
}

void compile_zone(Compiling& in, const Fields& fields, TimeRule& rule) {
    rule.timezone = fields.text("timezone");
    const Result<bool> known = is_zone(rule.timezone);
    if (!known) {
        in.report.add(
            Problem::bad_value, fields.place("timezone"), {"timezone", known.error().message});
    } else if (!*known) {
        in.report.add(Problem::unknown_zone,
                      fields.place("timezone"),
                      {rule.timezone},
                      did_you_mean(rule.timezone, zone_names()));
    }
    if (!known || !*known) {
        rule.timezone = "UTC";
    }
}

constexpr std::array<std::string_view, 4> beginnings{"cron", "date", "dates", "calendar"};

/// The one key that says when, or null.
const Node* beginning_of(Compiling& in, const Fields& fields) {
    std::vector<const Node*> written;
    for (const std::string_view key : beginnings) {
        if (const Node* node = fields.node()->find(key)) {
            written.push_back(node);
        }
    }
    if (written.size() == 1) {
        return written.front()->is_usable ? written.front() : nullptr;
    }
    in.report.add(Problem::one_of_two,
                  written.empty() ? fields.node()->key : written.back()->key,
                  {"a schedule", "'cron', 'date', 'dates' and 'calendar'"});
    return nullptr;
}

std::string name_of(const Fields& fields, const Node& beginning) {
    if (fields.find("name") != nullptr) {
        return fields.text("name");
    }
    if (beginning.name == "calendar") {
        return std::filesystem::path{beginning.text}.filename().string();
    }
    const std::vector<const Node*> elements = elements_of(beginning);
    return elements.empty() ? "" : elements.front()->text + (elements.size() > 1 ? ", ..." : "");
}

// ---- what ----

std::optional<Replicas> count_of(const Fields& fields, std::string_view key) {
    return fields.find(key) == nullptr
               ? std::nullopt
               : std::optional{Replicas{static_cast<std::int32_t>(fields.integer(key))}};
}

/// False when the rule leaves the policy's bounds, which is reported.
bool check_against_policy(Compiling& in,
                          const Fields& fields,
                          const policy::PolicySpec& spec,
                          const TimeRule& rule) {
    const auto outside = [&](std::string_view key,
                             Replicas count,
                             std::string_view how,
                             std::string_view bound,
                             Replicas own) {
        in.report.add(Problem::outside_policy,
                      fields.place(key),
                      {key, to_string(count), how, bound, to_string(own)});
    };
    if (rule.min && *rule.min > spec.max) {
        outside("min", *rule.min, "more than", "max", spec.max);
    }
    if (rule.max && *rule.max < spec.min) {
        outside("max", *rule.max, "less than", "min", spec.min);
    }
    return !(rule.min && *rule.min > spec.max) && !(rule.max && *rule.max < spec.min);
}

void compile_demand(Compiling& in, const Fields& fields, TimeRule& rule) {
    rule.min = count_of(fields, "min");
    rule.max = count_of(fields, "max");
    rule.freeze = fields.boolean("freeze");
    const bool has_count = fields.is_written("min") || fields.is_written("max");
    if (rule.freeze && has_count) {
        in.report.add(Problem::bad_value,
                      fields.place("freeze"),
                      {"freeze", "a freeze lets no step through: it has neither min nor max"});
    } else if (!rule.freeze && !has_count) {
        in.report.add(Problem::asks_nothing, fields.node()->key, {});
    }
    if (rule.min && rule.max && *rule.min > *rule.max) {
        in.report.add(Problem::min_above_max,
                      fields.place("min"),
                      {to_string(*rule.min), to_string(*rule.max)});
    }
}

/// Warns of a `for` that nothing has a use for.
void check_length(Compiling& in, const Fields& fields, const TimeRule& rule) {
    const bool has_own_ends =
        !rule.dates.empty() && std::ranges::all_of(rule.dates, &DateEntry::is_range);
    if (has_own_ends && fields.find("for") != nullptr) {
        in.report.add(
            Problem::no_effect, fields.place("for"), {"for", "a range of dates ends as it says"});
    }
}

/// One rule; nothing when it cannot be told when it holds.
std::optional<TimeRule> compile_rule(Compiling& in, const Fields& fields) {
    TimeRule rule{.length = fields.written_duration("for"), .lead = fields.duration("lead")};
    compile_zone(in, fields, rule);
    compile_demand(in, fields, rule);
    rule.except = compile_days(in, fields, "except");
    if (fields.find("only_on") != nullptr) {
        rule.only_on = compile_days(in, fields, "only_on");
    }
    const Node* beginning = beginning_of(in, fields);
    compile_cron(in, fields, rule);
    compile_dates(in, fields, "date", rule);
    compile_dates(in, fields, "dates", rule);
    compile_calendar(in, fields, rule);
    check_length(in, fields, rule);
    const bool has_time = (rule.cron && rule.length) || !rule.dates.empty() || rule.calendar;
    const bool is_backwards = rule.min && rule.max && *rule.min > *rule.max;
    if (beginning == nullptr || !has_time || is_backwards) {
        return std::nullopt;
    }
    rule.name = name_of(fields, *beginning);
    return rule;
}

}  // namespace

void compile_schedule(Compiling& in, const Fields& fields, Policy& policy) {
    const Node* written = fields.find("schedule");
    if (written == nullptr) {
        return;
    }
    if (written->children.size() > most_rules) {
        in.report.add(Problem::bad_value,
                      written->children[most_rules].key,
                      {"schedule", "more than " + std::to_string(most_rules) + " rules"});
        return;
    }
    Schedules schedules;
    std::vector<const Node*> nodes;
    for (const Node& node : written->children) {
        const Fields rule_fields{&node, schedule_table()};
        std::optional<TimeRule> rule = compile_rule(in, rule_fields);
        const bool has_bounds = fields.find("max") != nullptr;
        if (!rule || (has_bounds && !check_against_policy(in, rule_fields, policy.spec, *rule))) {
            continue;
        }
        if (check_ahead(in, node, *rule)) {
            schedules.rules.push_back(*std::move(rule));
            nodes.push_back(&node);
        }
    }
    if (schedules.rules.empty()) {
        return;
    }
    keep_schedule(in, nodes, std::move(schedules), policy);
}

}  // namespace tided::config
