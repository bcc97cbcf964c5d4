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

using std::chrono::days;

constexpr std::size_t most_rules = 100;
constexpr Duration calendar_ahead = days{400};
constexpr Duration dates_ahead = days{10 * 366};

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

/// One rule; nothing when it cannot be told when it holds.
std::optional<TimeRule> compile_rule(Compiling& in, const Fields& fields) {
    TimeRule rule{.length = fields.written_duration("for"), .lead = fields.duration("lead")};
    compile_zone(in, fields, rule);
    compile_demand(in, fields, rule);
    rule.except = compile_days(in, fields, "except");
    if (fields.find("only_on") != nullptr) {
        DayList only = compile_days(in, fields, "only_on");
        if (only != DayList{}) {
            rule.only_on = std::move(only);
        }
    }
    const Node* beginning = beginning_of(in, fields);
    compile_cron(in, fields, rule);
    compile_dates(in, fields, "date", rule);
    compile_dates(in, fields, "dates", rule);
    compile_calendar(in, fields, rule);
    const bool has_time = (rule.cron && rule.length) || !rule.dates.empty() || rule.calendar;
    const bool is_backwards = rule.min && rule.max && *rule.min > *rule.max;
    if (beginning == nullptr || !has_time || is_backwards) {
        return std::nullopt;
    }
    rule.name = name_of(fields, *beginning);
    return rule;
}

// ---- by the clock ----

/// False when the rule cannot be expanded, which is reported.
bool check_ahead(Compiling& in, const Node& node, const TimeRule& rule) {
    if (!in.now || rule.cron) {
        return true;
    }
    const Node* written = node.find("calendar");
    const Duration ahead = written != nullptr ? calendar_ahead : dates_ahead;
    const auto windows = windows_of(rule, *in.now, *in.now + ahead);
    if (!windows) {
        in.report.add(
            Problem::bad_calendar,
            written != nullptr ? written->value : node.key,
            {written != nullptr ? written->text : "of a holiday list", windows.error().message});
        return false;
    }
    if (!windows->empty()) {
        return true;
    }
    if (written == nullptr) {
        written = node.find("date") != nullptr ? node.find("date") : node.find("dates");
        in.report.add(Problem::all_over, written->value, {written->name, "nothing of it is ahead"});
    } else {
        in.report.add(Problem::all_over,
                      written->value,
                      {written->name, "no event takes place within 400 days from now"});
    }
    return true;
}

/// The first instant from `now` on at which both hold.
std::optional<TimePoint> first_common(const std::vector<policy::Window>& a,
                                      const std::vector<policy::Window>& b,
                                      TimePoint now) {
    auto one = a.begin();
    auto two = b.begin();
    while (one != a.end() && two != b.end()) {
        const TimePoint from = std::max({one->from, two->from, now});
        if (from < one->to && from < two->to) {
            return from;
        }
        (one->to < two->to ? one : two)++;
    }
    return std::nullopt;
}

std::string minute_of(TimePoint at) {
    constexpr std::size_t to_minutes = 16;
    return to_string(at).substr(0, to_minutes) + 'Z';
}

/// A clash that comes, and with what.
struct Clash {
    TimePoint at{};
    std::size_t with = 0;
};

/// The first clash of the rule `capped` with the min of another.
std::optional<Clash> first_clash(const policy::ScheduleTable& table,
                                 const policy::ScheduleRule& capped,
                                 TimePoint now) {
    std::optional<Clash> first;
    for (std::size_t i = 0; i < table.rules.size(); ++i) {
        const policy::ScheduleRule& raised = table.rules[i];
        if (!capped.max || !raised.min || *capped.max >= *raised.min) {
            continue;
        }
        const auto at = first_common(capped.windows, raised.windows, now);
        if (at && (!first || *at < first->at)) {
            first = {.at = *at, .with = i};
        }
    }
    return first;
}

void warn_of_clashes(Compiling& in,
                     const std::vector<const Node*>& nodes,
                     const policy::ScheduleTable& table) {
    for (std::size_t i = 0; i < table.rules.size(); ++i) {
        if (const auto clash = first_clash(table, table.rules[i], *in.now)) {
            in.report.add(Problem::schedules_clash,
                          nodes[i]->find("max")->value,
                          {to_string(*table.rules[i].max),
                           to_string(*table.rules[clash->with].min),
                           in.report.name_of(nodes[clash->with]->key),
                           minute_of(clash->at)});
        }
    }
}

/// Policies that are alike, as those of overrides, have one table.
void keep_schedule(Compiling& in, Schedules schedules, Policy& policy) {
    if (in.last_schedules && *in.last_schedules == schedules) {
        policy.schedules = in.last_schedules;
        policy.spec.schedule = in.last_table;
        return;
    }
    if (in.now) {
        if (auto table = table_for(schedules, *in.now)) {
            policy.spec.schedule = *std::move(table);
        }
    }
    policy.schedules = Shared<Schedules>{std::move(schedules)};
    in.last_schedules = policy.schedules;
    in.last_table = policy.spec.schedule;
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
    keep_schedule(in, std::move(schedules), policy);
    if (policy.spec.schedule) {
        warn_of_clashes(in, nodes, *policy.spec.schedule);
    }
}

}  // namespace tided::config
