// Cron: when five fields fire, as crontab(5) has it.
//
//   minute  hour  day-of-month  month  day-of-week        0 8 * * mon-fri
//   0-59    0-23  1-31          1-12   0-7, 0 = 7 = sun   *  1,15  1-5  */10  8-18/2  jan  mon
//
// Or @hourly, @daily (@midnight), @weekly, @monthly, @yearly (@annually). Vixie's rule: when both
// days are restricted (do not begin with *), either of them suffices. L, W, # and ? of other crons
// are refused, as are seconds and years.
//
// A firing is a local time turned into an instant by zone.h: in the gap of spring it fires at the
// first instant after the gap; in the hour that autumn repeats it fires the first time only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/zone.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::config {

/// Bit n stands for the value n.
struct Cron {
    std::uint64_t minutes = 0;
    std::uint32_t hours = 0;
    std::uint32_t days = 0;  ///< of the month
    std::uint16_t months = 0;
    std::uint8_t weekdays = 0;  ///< 0 = Sunday
    bool either_day = false;    ///< day of month or day of week; else both

    friend bool operator==(const Cron&, const Cron&) = default;
};

/// Where in the text what is wrong, in bytes from 0.
struct CronMistake {
    std::size_t at = 0;
    std::size_t width = 1;
    std::string message;
    std::string advice;
};

[[nodiscard]] tl::expected<Cron, CronMistake> parse_cron(std::string_view text);

[[nodiscard]] bool fires_on(const Cron& cron, std::chrono::year_month_day day);

/// False for the 31st of February and its like, which no year has.
[[nodiscard]] bool ever_fires(const Cron& cron);

/// All firings in from..until (without until), sorted, each instant once.
[[nodiscard]] std::vector<TimePoint> firings(const Cron& cron,
                                             const Zone& zone,
                                             TimePoint from,
                                             TimePoint until);

}  // namespace tided::config
