// What the rules of a schedule come to from now on: what cannot be expanded is wrong, what never
// begins, never ends or contradicts another rule is warned of.
#include <algorithm>
#include <array>
#include <utility>

#include "daemon/config/compile.h"

namespace tided::config {
namespace {

using std::chrono::days;

constexpr Duration calendar_ahead = days{400};
constexpr Duration dates_ahead = days{10 * 366};

// ---- one rule ----

struct WrittenList {
    const char* key;
    const DayList* days;
};

/// False when a list of days cannot be expanded, which is reported.
bool check_lists(Compiling& in, const Node& node, const TimeRule& rule) {
    const DayList none;
    const std::array<WrittenList, 2> lists{
        {{"except", &rule.except}, {"only_on", rule.only_on ? &*rule.only_on : &none}}};
    for (const auto& [key, list] : lists) {
        const auto found = days_of(*list, rule.timezone, *in.now, *in.now + calendar_ahead);
        if (!found) {
            in.report.add(Problem::bad_calendar,
                          node.find(key)->value,
                          {"of a holiday list", found.error().message});
            return false;
        }
    }
    return true;
}

/// Whether a mistake that was reported keeps something of the rule from being there.
bool is_doubtful(const Node& node, const TimeRule& rule) {
    const auto is_wrong = [](const Node& child) { return !child.is_usable; };
    const Node* dates = node.find("dates");
    return std::ranges::any_of(node.children, is_wrong) || rule.only_on == DayList{} ||
           (dates != nullptr && dates->children.size() != rule.dates.size());
}

/// Warns of a rule without a window until `ahead` from now.
void warn_of_nothing_ahead(Compiling& in, const Node& node, const TimeRule& rule, Duration ahead) {
    TimeRule plain = rule;
    plain.only_on.reset();
    plain.except = {};
    const bool has_lists = plain != rule;
    const auto without_lists = has_lists ? windows_of(plain, *in.now, *in.now + ahead)
                                         : Result<std::vector<policy::Window>>{};
    const auto say = [&](std::string_view key, std::string_view what) {
        in.report.add(Problem::all_over, node.find(key)->value, {key, what});
    };
    if (without_lists && !without_lists->empty()) {
        say(rule.only_on ? "only_on" : "except",
            rule.cron || rule.calendar ? "with it the rule never begins within 400 days from now"
                                       : "with it the rule never begins within ten years from now");
    } else if (rule.calendar) {
        say("calendar", "no event takes place within 400 days from now");
    } else if (!rule.cron) {
        say(node.find("date") != nullptr ? "date" : "dates",
            "nothing of it takes place within ten years from now");
    }
}

// ---- all of them ----

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

/// A freeze without a break is a pause that nobody sees.
void warn_of_endless_freeze(Compiling& in,
                            const std::vector<const Node*>& nodes,
                            const policy::ScheduleTable& table) {
    for (std::size_t i = 0; i < table.rules.size(); ++i) {
        const policy::ScheduleRule& rule = table.rules[i];
        const bool is_endless =
            rule.freeze && std::ranges::any_of(rule.windows, [&](const policy::Window& window) {
                return window.from <= *in.now && window.to >= table.until;
            });
        if (is_endless) {
            in.report.add(
                Problem::always_frozen, nodes[i]->find("freeze")->value, {minute_of(table.until)});
        }
    }
}

void report_failures(Compiling& in,
                     const std::vector<const Node*>& nodes,
                     const Expansion& expansion) {
    for (const auto& [rule, why] : expansion.failures) {
        const Node* calendar = nodes[rule]->find("calendar");
        in.report.add(Problem::bad_calendar,
                      calendar != nullptr ? calendar->value : nodes[rule]->key,
                      {calendar != nullptr ? calendar->text : "of a holiday list", why});
    }
}

}  // namespace

bool check_ahead(Compiling& in, const Node& node, const TimeRule& rule) {
    if (!in.now) {
        return true;
    }
    if (!check_lists(in, node, rule)) {
        return false;
    }
    if (rule.cron && rule.except == DayList{} && !rule.only_on) {
        return true;
    }
    const Duration ahead = rule.cron || rule.calendar ? calendar_ahead : dates_ahead;
    const auto windows = windows_of(rule, *in.now, *in.now + ahead);
    if (!windows) {
        const Node* calendar = node.find("calendar");
        in.report.add(
            Problem::bad_calendar,
            calendar != nullptr ? calendar->value : node.key,
            {calendar != nullptr ? calendar->text : "of a holiday list", windows.error().message});
        return false;
    }
    if (windows->empty() && !is_doubtful(node, rule)) {
        warn_of_nothing_ahead(in, node, rule, ahead);
    }
    return true;
}

/// Policies that are alike, as those of overrides, have one table.
void keep_schedule(Compiling& in,
                   const std::vector<const Node*>& nodes,
                   Schedules schedules,
                   Policy& policy) {
    if (in.last_schedules && *in.last_schedules == schedules) {
        policy.schedules = in.last_schedules;
        policy.spec.schedule = in.last_table;
    } else {
        if (in.now) {
            Expansion expansion = expand(schedules, *in.now);
            report_failures(in, nodes, expansion);
            policy.spec.schedule = std::move(expansion.table);
        }
        policy.schedules = Shared<Schedules>{std::move(schedules)};
        in.last_schedules = policy.schedules;
        in.last_table = policy.spec.schedule;
    }
    if (policy.spec.schedule) {
        warn_of_clashes(in, nodes, *policy.spec.schedule);
        warn_of_endless_freeze(in, nodes, *policy.spec.schedule);
    }
}

}  // namespace tided::config
