// [holidays.NAME], and what schedules share with it: dates, calendar files, lists of days.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "daemon/config/compile.h"
#include "daemon/config/input.h"
#include "daemon/config/spelling.h"

namespace tided::config {
namespace {

constexpr std::size_t largest_calendar = 4 * 1024 * 1024;

Result<Calendar> calendar_from(const std::string& path) {
    const Input input = read_file(path, largest_calendar);
    if (!input.problem.empty() || input.is_too_large) {
        return fail(ErrorCode::invalid_input,
                    input.is_too_large ? "it is larger than 4 MiB" : input.problem);
    }
    Result<Calendar> calendar = read_calendar(input.text);
    if (calendar && calendar->events.empty()) {
        return fail(ErrorCode::invalid_input, "it holds no event");
    }
    return calendar;
}

/// Each file is read, and complained about, once.
const Shared<Calendar>& calendar_at(Compiling& in, const Node& node) {
    const std::filesystem::path base{in.report.file_of(node.value)};
    const std::string path = (base.parent_path() / node.text).lexically_normal().string();
    const auto [at, is_new] = in.calendars.try_emplace(path);
    if (is_new) {
        Result<Calendar> read = calendar_from(path);
        if (read) {
            at->second = Shared<Calendar>{*std::move(read)};
        } else {
            in.report.add(Problem::bad_calendar, node.value, {path, read.error().message});
        }
    }
    return at->second;
}

void add_day(Compiling& in, std::string_view key, const Node& node, DayList& list) {
    const Result<DateEntry> entry = parse_date(node.text);
    if (!entry) {
        in.report.add(Problem::bad_date, node.value, {key, entry.error().message});
    } else if (entry->has_time) {
        in.report.add(Problem::bad_date, node.value, {key, "only whole days can be listed"});
    } else {
        list.dates.push_back(*entry);
    }
}

void add_list(Compiling& in, const Node& node, DayList& list) {
    const auto known = in.holidays.find(node.text);
    if (known == in.holidays.end()) {
        in.has_unknown_holidays = true;
        std::vector<std::string_view> names;
        for (const auto& [name, holidays] : in.holidays) {
            names.emplace_back(name);
        }
        in.report.add(Problem::unknown_name,
                      node.value,
                      {"holiday list", node.text},
                      did_you_mean(node.text, names));
        return;
    }
    known->second.is_used = true;
    const DayList& days = known->second.days;
    list.dates.insert(list.dates.end(), days.dates.begin(), days.dates.end());
    list.calendars.insert(list.calendars.end(), days.calendars.begin(), days.calendars.end());
}

}  // namespace

std::vector<const Node*> elements_of(const Node& node) {
    if (node.kind != Node::Kind::array) {
        return {&node};
    }
    std::vector<const Node*> elements;
    for (const Node& child : node.children) {
        elements.push_back(&child);
    }
    return elements;
}

void refuse_no_days(Compiling& in, const Node& list) {
    if (elements_of(list).empty()) {
        in.report.add(Problem::empty_value, list.value, {list.name});
    }
}

std::optional<CalendarPick> compile_pick(Compiling& in, const Fields& fields) {
    const Node* path = fields.find("calendar");
    if (path == nullptr) {
        if (fields.is_written("match") && !fields.is_written("calendar")) {
            in.report.add(
                Problem::needs_other_key, fields.node()->find("match")->key, {"match", "calendar"});
        }
        return std::nullopt;
    }
    CalendarPick pick{.calendar = calendar_at(in, *path), .match = fields.text("match")};
    if (!pick.calendar) {
        return std::nullopt;
    }
    const bool has_match =
        std::ranges::any_of(pick.calendar->events,
                            [&](const CalendarEvent& event) { return matches(event, pick.match); });
    if (!has_match) {
        in.report.add(Problem::no_such_event, fields.place("match"), {path->text, pick.match});
        return std::nullopt;
    }
    return pick;
}

DayList compile_days(Compiling& in, const Fields& fields, std::string_view key) {
    DayList list;
    if (const Node* node = fields.find(key)) {
        refuse_no_days(in, *node);
        for (const Node* element : elements_of(*node)) {
            if (looks_like_date(element->text)) {
                add_day(in, key, *element, list);
            } else {
                add_list(in, *element, list);
            }
        }
    }
    return list;
}

void compile_holidays(Compiling& in) {
    for_each_member(in, holidays_group(), [&](const Node& node, const Fields& fields) {
        HolidayList& holidays = in.holidays[node.name];
        holidays.node = &node;
        if (!fields.is_written("dates") && !fields.is_written("calendar")) {
            in.report.add(
                Problem::missing_key, node.key, {"dates", "[holidays." + node.name + ']'});
        }
        if (const Node* dates = fields.find("dates")) {
            refuse_no_days(in, *dates);
            for (const Node& date : dates->children) {
                add_day(in, "dates", date, holidays.days);
            }
        }
        if (auto pick = compile_pick(in, fields)) {
            holidays.days.calendars.push_back(*std::move(pick));
        }
    });
}

void warn_of_unused_holidays(Compiling& in) {
    for (const auto& [name, holidays] : in.holidays) {
        const bool is_empty = holidays.days == DayList{};
        if (!holidays.is_used && !is_empty && !in.has_unknown_holidays) {
            in.report.add(Problem::unused, holidays.node->key, {"schedule", "holiday list", name});
        }
    }
}

}  // namespace tided::config
