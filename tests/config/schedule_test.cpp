// Schedules: from the policy file to the table that the policy core sees.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/config/load.h"
#include "daemon/config/schedules.h"

using namespace tided;
using namespace tided::config;
using namespace std::chrono_literals;

namespace {

TimePoint at(const char* text) {
    return *parse_rfc3339(text);
}

const TimePoint now = at("2024-12-02T00:00:00Z");  // a Monday

Loaded load_schedule(const std::string& rules, std::optional<TimePoint> when = now) {
    return load_text("tided.toml",
                     "[provider.local]\ntype = \"process_pool\"\n[pool.web]\n"
                     "provider = \"local\"\ncommand = [\"/bin/true\"]\n"
                     "[policy.web]\npool = \"web\"\nmin = 2\nmax = 40\n" +
                         rules,
                     {},
                     when);
}

std::string printed(const Loaded& loaded) {
    std::string out;
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        out += render(diagnostic) + '\n';
    }
    return out;
}

/// The windows of the one rule until `until`, as "2024-12-02T07:00..2024-12-02T17:00 ..."
std::string windows(const std::string& keys, const char* until) {
    const Loaded loaded = load_schedule("[[policy.web.schedule]]\nmin = 5\n" + keys);
    if (!loaded.diagnostics.empty()) {
        return printed(loaded);
    }
    std::string out;
    for (const policy::Window& window :
         loaded.config.policies.at(0).spec.schedule->rules.at(0).windows) {
        if (window.from < at(until)) {
            out += (out.empty() ? "" : " ") + to_string(window.from).substr(0, 16) + ".." +
                   to_string(window.to).substr(0, 16);
        }
    }
    return out;
}

}  // namespace

TEST_CASE("schedule: the design's example is a table of instants") {
    const Loaded loaded = load(TIDED_TEST_CONFIG "/good/design.toml", {}, now);
    REQUIRE(loaded.diagnostics.empty());
    const policy::Schedule& schedule = loaded.config.policies.at(0).spec.schedule;
    REQUIRE(schedule);
    CHECK(schedule->from == now - 24h);
    CHECK(schedule->until == now + 2400h);
    const policy::ScheduleRule& rule = schedule->rules.at(0);
    CHECK(rule.name == "0 8 * * mon-fri");
    CHECK(rule.timezone == "Europe/Paris");
    CHECK(rule.min == Replicas{10});
    CHECK(rule.max == std::nullopt);
    CHECK(rule.windows.front() ==
          policy::Window{at("2024-12-02T07:00:00Z"), at("2024-12-02T17:00:00Z")});
    CHECK(rule.windows.size() == 72);
}

TEST_CASE("schedule: cron, lead, and days on which it does not begin") {
    const std::string cron = "cron = \"0 8 * * *\"\nfor = \"10h\"\ntimezone = \"Europe/Paris\"\n";
    const char* until = "2024-12-04T00:00:00Z";
    CHECK(windows(cron, until) ==
          "2024-12-01T07:00..2024-12-01T17:00 2024-12-02T07:00..2024-12-02T17:00 "
          "2024-12-03T07:00..2024-12-03T17:00");
    CHECK(windows(cron + "lead = \"15m\"\nexcept = [\"12-02\"]\n", until) ==
          "2024-12-01T06:45..2024-12-01T17:00 2024-12-03T06:45..2024-12-03T17:00");
    CHECK(windows(cron + "except = \"2024-11-30/2024-12-02\"\n", until) ==
          "2024-12-03T07:00..2024-12-03T17:00");
    CHECK(windows(cron + "only_on = \"fr\"\n[holidays.fr]\ndates = [\"12-02\", \"12-25\"]\n",
                  "2025-01-01T00:00:00Z") ==
          "2024-12-02T07:00..2024-12-02T17:00 2024-12-25T07:00..2024-12-25T17:00");
}

TEST_CASE("schedule: a day before the zone's midnight is still that day") {
    CHECK(windows("cron = \"0 0 * * *\"\nfor = \"1h\"\ntimezone = \"Pacific/Auckland\"\n"
                  "only_on = [\"2024-12-03\"]\n",
                  "2024-12-05T00:00:00Z") == "2024-12-02T11:00..2024-12-02T12:00");
}

TEST_CASE("schedule: dates, ranges, beginnings, and days of every year") {
    const char* until = "2026-01-01T00:00:00Z";
    const std::string paris = "timezone = \"Europe/Paris\"\n";
    CHECK(windows("date = \"2024-12-24\"\n" + paris, until) ==
          "2024-12-23T23:00..2024-12-24T23:00");
    CHECK(windows("date = \"2024-12-24\"\nfor = \"6h\"\n" + paris, until) ==
          "2024-12-23T23:00..2024-12-24T05:00");
    CHECK(windows("date = \"2024-12-24T18:00/2024-12-26T06:00\"\n" + paris, until) ==
          "2024-12-24T17:00..2024-12-26T05:00");
    CHECK(
        windows("dates = [\"2024-12-24/2024-12-26\", \"2025-01-10T08:00\"]\nfor = \"2h\"\n" + paris,
                until) == "2024-12-23T23:00..2024-12-26T23:00 2025-01-10T07:00..2025-01-10T09:00");
    CHECK(windows("dates = [\"12-25\", \"01-01\", \"02-29\"]\n", until) ==
          "2024-12-25T00:00..2024-12-26T00:00 2025-01-01T00:00..2025-01-02T00:00");
}

TEST_CASE("schedule: windows that overlap or touch are one, and a long one that has begun counts") {
    CHECK(windows("cron = \"*/30 8-9 * * *\"\nfor = \"30m\"\n", "2024-12-02T00:00:00Z") ==
          "2024-12-01T08:00..2024-12-01T10:00");
    CHECK(windows("cron = \"0 0 15 11 *\"\nfor = \"30d\"\n", "2025-01-01T00:00:00Z") ==
          "2024-11-15T00:00..2024-12-15T00:00");
}

TEST_CASE("schedule: a rule with too many windows shortens the table, not the windows") {
    const Loaded loaded =
        load_schedule("[[policy.web.schedule]]\nmin = 5\ncron = \"*/2 * * * *\"\nfor = \"1m\"\n");
    const policy::Schedule& schedule = loaded.config.policies.at(0).spec.schedule;
    CHECK(schedule->until == now + 2000min);
    CHECK(schedule->rules.at(0).windows.size() == 720 + 1000);
    CHECK_FALSE(recompile_due(schedule, now + 14h));
    CHECK(recompile_due(schedule, now + 24h));
}

TEST_CASE("schedule: a table is due again in its last quarter, or before its beginning") {
    const Loaded loaded =
        load_schedule("[[policy.web.schedule]]\nmin = 5\ncron = \"0 8 * * *\"\nfor = \"1h\"\n");
    const Policy& policy = loaded.config.policies.at(0);
    const policy::Schedule& first = policy.spec.schedule;
    CHECK_FALSE(recompile_due(first, now - 24h));
    CHECK(recompile_due(first, now - 24h - 1ms));
    CHECK_FALSE(recompile_due(first, now + 74 * 24h));
    const TimePoint later = now + 75 * 24h;
    CHECK(recompile_due(first, later));
    const policy::Schedule next = table_for(*policy.schedules, later).value();
    CHECK(next->covers(later + 99 * 24h));
    CHECK_FALSE(recompile_due({}, now));
    CHECK(policy::bounds_at(next, {2}, {40}, at("2025-02-16T08:30:00Z")).min.count == Replicas{5});
}

TEST_CASE("schedule: without now there is no table, and nothing is over") {
    const Loaded loaded =
        load_schedule("[[policy.web.schedule]]\nmin = 5\ndate = \"2001-01-01\"\n", std::nullopt);
    CHECK(printed(loaded) == "");
    CHECK_FALSE(loaded.config.policies.at(0).spec.schedule);
    CHECK(table_for(*loaded.config.policies.at(0).schedules, at("2001-01-01T12:00:00Z"))
              .value()
              ->rules.at(0)
              .windows.size() == 1);
}

TEST_CASE("schedule: a calendar file beside the policy file, for a policy and for holidays") {
    const Loaded loaded = load(TIDED_TEST_CONFIG "/good/schedule", {}, at("2024-12-01T00:00:00Z"));
    CHECK(printed(loaded) == "");
    const std::vector<policy::ScheduleRule>& rules =
        loaded.config.policies.at(0).spec.schedule->rules;
    REQUIRE(rules.size() == 5);
    CHECK(rules[0].name == "office hours");
    const auto begins_on = [&](const char* day) {
        return std::ranges::any_of(rules[0].windows, [&](const policy::Window& window) {
            return to_string(window.from).starts_with(day);
        });
    };
    CHECK(begins_on("2024-12-24"));
    CHECK_FALSE(begins_on("2024-12-25"));  // from the calendar
    CHECK_FALSE(begins_on("2024-12-31"));  // from the list
    CHECK(rules[1].name == "peaks.ics");
    CHECK(rules[1].windows ==
          std::vector<policy::Window>{{at("2024-12-20T07:00:00Z"), at("2024-12-20T21:00:00Z")}});
    CHECK(rules[2].freeze);
    CHECK(rules[2].windows.front() ==
          policy::Window{at("2024-12-23T17:00:00Z"), at("2025-01-02T07:00:00Z")});
}

TEST_CASE("schedule: policies of one template, and neighbours that say the same, share a table") {
    const std::string same = "cron = \"0 8 * * *\"\nfor = \"1h\"\nmin = 5\n";
    const Loaded loaded = load_schedule("[[policy.web.schedule]]\n" + same +
                                        "[pool.api]\nprovider = \"local\"\n"
                                        "command = [\"/bin/false\"]\n[policy.api]\npool = \"api\"\n"
                                        "max = 9\n[[policy.api.schedule]]\n" +
                                        same);
    CHECK(printed(loaded) == "");
    CHECK(loaded.config.policies.at(0).spec.schedule.get() ==
          loaded.config.policies.at(1).spec.schedule.get());
}

TEST_CASE("schedule: rules that cannot be expanded leave the others, and are due again at once") {
    Schedules schedules{.rules = {{.name = "a", .dates = {parse_date("2024-12-24").value()}},
                                  {.name = "b", .dates = {parse_date("2024-12-25").value()}},
                                  {.name = "c", .dates = {parse_date("2024-12-26").value()}}}};
    const policy::Schedule whole = table_for(schedules, now).value();
    schedules.rules[1].timezone = "Mars/Olympus";
    schedules.rules[2].timezone = "Mars/Base";

    const Expansion first = expand(schedules, now);
    CHECK(sentence_of(schedules, first) ==
          "schedule 'b': there is no time zone 'Mars/Olympus'; "
          "schedule 'c': there is no time zone 'Mars/Base'");
    CHECK(table_for(schedules, now).error().message == sentence_of(schedules, first));
    REQUIRE(first.table->rules.size() == 3);
    CHECK(first.table->rules[0].windows == whole->rules[0].windows);
    CHECK(first.table->rules[1].windows.empty());
    CHECK(recompile_due(first.table, now));
    CHECK(first.table->covers(now));

    const Expansion second = expand(schedules, now + 24h, whole);
    CHECK(second.table->rules[2].windows == whole->rules[2].windows);
    CHECK(expand(schedules, now + 48h, second.table).table->rules[2].windows ==
          whole->rules[2].windows);
}
