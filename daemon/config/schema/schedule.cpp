// [[policy.NAME.schedule]] and [holidays.NAME].
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr Key schedule_keys[] = {
    {.name = "cron",
     .doc = "When it begins: minute hour day-of-month month day-of-week, as crontab(5) has them, "
            "with names, ranges, lists and steps; or @hourly, @daily, @weekly, @monthly, @yearly. "
            "When both days are restricted, either suffices.",
     .otherwise = "none: one of cron, date, dates and calendar is needed"},
    {.name = "date",
     .doc = "A day (\"2026-12-24\", or \"12-24\" in every year), days (\"2026-12-24/2026-12-26\"), "
            "from one time to another (\"2026-12-24T18:00/2026-12-26T06:00\"), or a beginning "
            "(\"2026-12-24T18:00\", with for).",
     .otherwise = "none"},
    {.name = "dates", .form = Form::texts, .doc = "Several of them.", .otherwise = "none"},
    {.name = "calendar",
     .doc = "Path of an iCalendar file, from the directory of the policy file on: it holds while "
            "an event takes place. The file is read when the policy file is.",
     .otherwise = "none"},
    {.name = "match",
     .doc = "Only events with this text in their summary or categories, in upper or lower case.",
     .otherwise = "all events"},
    {.name = "timezone",
     .standard = "UTC",
     .doc = "Where the times are local, as \"Europe/Paris\"; an event may have a zone of its own. "
            "A time that does not exist when clocks are put forward begins right after the gap; "
            "one that exists twice begins the first time."},
    {.name = "for",
     .form = Form::duration,
     .low = "1m",
     .high = "90d",
     .doc = "How long it holds from its beginning, by the clock; cron needs it. A range of dates, "
            "or an event, that has an end keeps its own.",
     .otherwise = "to the end of the day, or of the event"},
    {.name = "lead",
     .form = Form::duration,
     .standard = "0s",
     .low = "0s",
     .high = "1d",
     .doc = "Begin so much earlier, so that what is started is there in time."},
    {.name = "except",
     .form = Form::text_or_texts,
     .doc = "Days on which it does not begin: names of holiday lists, and dates.",
     .otherwise = "none"},
    {.name = "only_on",
     .form = Form::text_or_texts,
     .doc = "Days on which alone it begins, likewise.",
     .otherwise = "every day"},
    {.name = "min",
     .form = Form::integer,
     .low = "0",
     .high = "2147483647",
     .doc = "Fewest replicas while it holds; fewer become as many at once. Of several the largest "
            "counts.",
     .otherwise = "that of the policy"},
    {.name = "max",
     .form = Form::integer,
     .low = "0",
     .high = "2147483647",
     .doc = "Most replicas while it holds; more become as few at once. Of several the smallest "
            "counts, but never less than the min of the moment.",
     .otherwise = "that of the policy"},
    {.name = "freeze",
     .form = Form::boolean,
     .standard = "false",
     .doc = "No step while it holds."},
    {.name = "name",
     .doc = "What reasons call it.",
     .otherwise = "its cron, date, or the name of its calendar's file"},
};

constexpr Key holidays_keys[] = {
    {.name = "dates",
     .form = Form::texts,
     .doc = "Days (\"2026-12-24\", or \"12-24\" in every year) and ranges of days.",
     .otherwise = "none"},
    {.name = "calendar",
     .doc =
         "Path of an iCalendar file, from the directory of the policy file on: the days on which "
         "it has an event.",
     .otherwise = "none"},
    {.name = "match",
     .doc = "Only events with this text in their summary or categories.",
     .otherwise = "all events"},
};

}  // namespace

const Table schedule{.title = "[[policy.NAME.schedule]]",
                     .doc =
                         "A time at which the policy has another min or max, or makes no step. "
                         "Without metrics the schedule decides alone: the policy keeps to the "
                         "min of the moment.",
                     .keys = schedule_keys};

const Table holidays{.title = "[holidays.NAME]",
                     .doc =
                         "Days that schedules refer to by the list's name, in the time zone of "
                         "the schedule.",
                     .keys = holidays_keys};

}  // namespace tided::config::tables
