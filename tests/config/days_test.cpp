// Days: lists of dates as days of one zone, for some time only.
#include "daemon/config/days.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::config;
using std::chrono::days;

namespace {

const TimePoint from = *parse_rfc3339("2026-06-01T00:00:00Z");

/// The days that `dates` give within three days, in `zone`.
DaySet within_three_days(std::initializer_list<const char*> dates, const std::string& zone) {
    DayList list;
    for (const char* date : dates) {
        list.dates.push_back(parse_date(date).value());
    }
    return days_of(list, zone, from, from + days{3}).value();
}

}  // namespace

TEST_CASE("days: a range is spread over the days that are asked for, however long it is") {
    CHECK(within_three_days({"0001-01-01/9999-12-31"}, "UTC").size() == 3);
    CHECK(within_three_days({"2026-06-03/9999-12-31"}, "UTC").size() == 1);
    CHECK(within_three_days({"0001-01-01/2026-06-01"}, "UTC").size() == 1);
    CHECK(within_three_days({"0001-01-01/2026-05-31"}, "UTC").empty());
    CHECK(within_three_days({"2026-06-04/2026-06-09"}, "UTC").empty());
}

TEST_CASE("days: the first and the last day asked for are those of the zone") {
    CHECK(within_three_days({"0001-01-01/9999-12-31"}, "Pacific/Auckland").size() == 4);
    CHECK(within_three_days({"2026-06-04"}, "Pacific/Auckland").size() == 1);
}
