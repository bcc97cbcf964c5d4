#include "daemon/config/calendar/recurrence.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include <libical/ical.h>

#include "daemon/config/calendar/ical.h"

namespace tided::config {
namespace {

using std::chrono::days;

constexpr std::size_t passes_per_unit = 64;  // periods without an occurrence that one unit pays

struct Rule {
    icalrecurrencetype parts{};
    bool has_scale = false;
};

tl::unexpected<Error> refused(std::string why) {
    return fail(ErrorCode::invalid_input, std::move(why));
}

Rule parsed(const std::string& text) {
    Rule rule{.parts = icalrecurrencetype_from_string(text.c_str())};
    rule.has_scale = rule.parts.rscale != nullptr;
    std::free(std::exchange(rule.parts.rscale, nullptr));  // libical's own, from malloc
    return rule;
}

bool is_set(const short* part) {
    return part[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

bool chooses_dates(const icalrecurrencetype& parts) {
    return is_set(parts.by_month) || is_set(parts.by_month_day) || is_set(parts.by_year_day) ||
           is_set(parts.by_week_no);
}

Status check(const Rule& rule, const std::string& text) {
    switch (rule.parts.freq) {
        case ICAL_SECONDLY_RECURRENCE:
        case ICAL_MINUTELY_RECURRENCE:
            return refused("RRULE:" + text + " is too fine: HOURLY is the finest");
        case ICAL_HOURLY_RECURRENCE:
            if (chooses_dates(rule.parts)) {
                return refused("RRULE:" + text + " chooses dates: write it with FREQ=DAILY");
            }
            break;
        case ICAL_NO_RECURRENCE:
            return refused("RRULE:" + text + " is no recurrence rule");
        default:
            break;
    }
    if (rule.has_scale) {
        return refused("RRULE:" + text + ": RSCALE is not supported");
    }
    return {};
}

/// The last local time that UNTIL allows.
std::optional<LocalTime> last_of(const icaltimetype& until, const Zone& zone) {
    const std::optional<LocalTime> local = from_ical(until);
    if (!local) {
        return std::nullopt;
    }
    if (until.is_date != 0) {
        return *local + days{1} - Duration{1};
    }
    return icaltime_is_utc(until) != 0 ? zone.local_at(TimePoint{local->time_since_epoch()})
                                       : *local;
}

struct IteratorEnd {
    void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};
using Iterator = std::unique_ptr<icalrecur_iterator, IteratorEnd>;

/// What it cost to find `at` after `before`: libical looks at every day, or hour, between.
std::size_t cost_of(icalrecurrencetype_frequency frequency, LocalTime before, LocalTime at) {
    const Duration period =
        frequency == ICAL_HOURLY_RECURRENCE ? Duration{std::chrono::hours{1}} : Duration{days{1}};
    return 1 +
           static_cast<std::size_t>(std::max(Duration{0}, at - before) / period) / passes_per_unit;
}

}  // namespace

Status check_recurrence(const std::string& rule) {
    return check(parsed(rule), rule);
}

Result<std::vector<LocalTime>> recurrences(const std::string& text,
                                           LocalTime start,
                                           const Stretch& stretch,
                                           const Zone& zone,
                                           Effort& effort) {
    Rule rule = parsed(text);
    if (Status status = check(rule, text); !status) {
        return fail(std::move(status).error());
    }
    const LocalTime until =
        std::min(stretch.until, last_of(rule.parts.until, zone).value_or(stretch.until));
    rule.parts.until = icaltime_null_time();
    const Iterator iterator{icalrecur_iterator_new(rule.parts, to_ical(start))};
    // Skipping is exact but for HOURLY, where libical 3.0 loses its step.
    const bool skips =
        rule.parts.count == 0 && rule.parts.freq != ICAL_HOURLY_RECURRENCE && stretch.from > start;
    if (iterator && skips) {
        icalrecur_iterator_set_start(iterator.get(), to_ical(stretch.from));
    }
    std::vector<LocalTime> out;
    LocalTime before = skips ? stretch.from : start;
    for (int found = 0;; ++found) {
        const std::optional<LocalTime> at =
            from_ical(iterator ? icalrecur_iterator_next(iterator.get()) : icaltime_null_time());
        if (!at) {
            if (rule.parts.count == 0 || found == 0) {
                return refused("RRULE:" + text + " never occurs");
            }
            return out;
        }
        const std::size_t cost = cost_of(rule.parts.freq, before, *at);
        if (cost > effort.left) {
            effort.left = 0;
            return refused("RRULE:" + text + " and those before it have too many occurrences");
        }
        effort.left -= cost;
        if (*at > until) {
            return out;
        }
        if (*at >= stretch.from) {
            out.push_back(*at);
        }
        before = *at;
    }
}

}  // namespace tided::config
