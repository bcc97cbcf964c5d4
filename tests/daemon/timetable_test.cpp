// Schedules that can no longer be expanded while the daemon runs: what holds then, who learns it.
#include "daemon/timetable.h"

#include <doctest/doctest.h>

#include "daemon/config/calendar.h"
#include "daemon/config/schedules.h"

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;

namespace {

const TimePoint now = *parse_rfc3339("2026-06-01T00:00:00Z");
constexpr Duration day = 24h;

const char* const never =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Leap\r\n"
    "DTSTART:20260701T080000Z\r\nDTEND:20260701T180000Z\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

config::TimeRule every_morning(std::string name, std::int32_t min) {
    return {.name = std::move(name),
            .cron = config::parse_cron("0 8 * * *").value(),
            .length = 2h,
            .min = Replicas{min}};
}

/// Two rules, the second of which nobody can expand.
config::Schedules half_broken() {
    config::TimeRule broken = every_morning("but holidays", 9);
    broken.except.calendars = {
        {.calendar = Shared<config::Calendar>{config::read_calendar(never).value()}}};
    return {.rules = {every_morning("mornings", 5), std::move(broken)}};
}

/// `count` policies with this schedule, whose table ends in ten days.
Fleet fleet_with(const Shared<config::Schedules>& schedules, int count) {
    policy::ScheduleTable old{.from = now - 90 * day, .until = now + 10 * day};
    for (const config::TimeRule& rule : schedules->rules) {
        old.rules.push_back({.name = rule.name,
                             .timezone = "UTC",
                             .min = rule.min,
                             .windows = {{now + 2 * day, now + 3 * day}}});
    }
    const policy::Schedule table{std::move(old)};
    Fleet fleet;
    for (int i = 0; i < count; ++i) {
        fleet.policies.push_back(std::make_unique<LivePolicy>());
        config::Policy& policy = fleet.policies.back()->config;
        policy.spec.name = "web" + std::to_string(i);
        policy.schedules = schedules;
        policy.spec.schedule = table;
    }
    return fleet;
}

}  // namespace

TEST_CASE("timetable: the rules that can be expanded go on, a broken one keeps what is known") {
    Fleet fleet = fleet_with(Shared{half_broken()}, 1);
    CHECK(renew_schedules(fleet, now).size() == 1);
    const policy::Schedule& schedule = fleet.policies[0]->config.spec.schedule;
    CHECK(schedule->covers(now + 5h));
    CHECK(renew_schedules(fleet, now + 9h).empty());
    CHECK(bounds_at(schedule, {1}, {20}, now + 9h).min.count == Replicas{5});
    REQUIRE(schedule->rules.size() == 2);
    CHECK(schedule->rules[0].windows.size() > 90);
    CHECK(schedule->rules[1].windows ==
          std::vector<policy::Window>{{now + 2 * day, now + 3 * day}});
    CHECK(renew_schedules(fleet, now + 2 * day + 9h).empty());
    CHECK(bounds_at(schedule, {1}, {20}, now + 2 * day + 9h).min.count == Replicas{9});
}

TEST_CASE("timetable: a broken schedule is told once for all that share it, and as their trouble") {
    Fleet fleet = fleet_with(Shared{half_broken()}, 3);
    const std::vector<Event> news = renew_schedules(fleet, now);
    REQUIRE(news.size() == 1);
    CHECK(news[0].kind == EventKind::schedule_failing);
    CHECK(news[0].severity == Severity::error);
    CHECK(news[0].policy == "web0");
    CHECK(news[0].text ==
          "web0: its schedule is not whole for the time to come: schedule 'but holidays': event "
          "'Leap': RRULE:FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2 never occurs");
    for (const auto& policy : fleet.policies) {
        CHECK("web0: " + policy->schedule_trouble == news[0].text);
    }
    CHECK(renew_schedules(fleet, now + 10min).empty());
    CHECK_FALSE(fleet.policies[0]->schedule_trouble.empty());

    config::Schedules mended = half_broken();
    mended.rules[1].except = {};
    const Shared<config::Schedules> shared{std::move(mended)};
    for (auto& policy : fleet.policies) {
        policy->config.schedules = shared;
    }
    const std::vector<Event> good_news = renew_schedules(fleet, now + 20min);
    REQUIRE(good_news.size() == 1);
    CHECK(good_news[0].kind == EventKind::schedule_recovered);
    CHECK(good_news[0].text == "web0: its schedule is whole again");
    CHECK(fleet.policies[2]->schedule_trouble.empty());
}

TEST_CASE("timetable: a table that reaches far enough is left alone") {
    config::Schedules sound = half_broken();
    sound.rules.pop_back();
    Fleet fleet = fleet_with(Shared{std::move(sound)}, 1);
    const policy::Schedule before = fleet.policies[0]->config.spec.schedule;
    CHECK(renew_schedules(fleet, now - 60 * day).empty());
    CHECK(fleet.policies[0]->config.spec.schedule.get() == before.get());
    CHECK(renew_schedules(fleet, now).empty());
    CHECK(fleet.policies[0]->config.spec.schedule->until == now + 100 * day);
}
