#include "daemon/config/cron.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>

namespace tided::config {
namespace {

using tl::unexpected;

constexpr std::array<std::string_view, 12> month_names{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 8> day_names{
    "sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"};

struct FieldKind {
    std::string_view name;
    unsigned low;
    unsigned high;
    std::string_view values;
    std::span<const std::string_view> names{};  ///< of low, low + 1, ...
};
constexpr std::array<FieldKind, 5> kinds{
    {{"minute", 0, 59, "0 to 59"},
     {"hour", 0, 23, "0 to 23"},
     {"day of month", 1, 31, "1 to 31"},
     {"month", 1, 12, "1 to 12, or jan to dec", month_names},
     {"day of week", 0, 7, "0 to 7 (0 and 7 are Sunday), or sun to sat", day_names}}};
constexpr std::size_t day_of_month = 2;
constexpr std::size_t day_of_week = 4;

struct Nickname {
    std::string_view name;
    std::string_view fields;
};
constexpr std::array<Nickname, 7> nicknames{{{"@hourly", "0 * * * *"},
                                             {"@daily", "0 0 * * *"},
                                             {"@midnight", "0 0 * * *"},
                                             {"@weekly", "0 0 * * 0"},
                                             {"@monthly", "0 0 1 * *"},
                                             {"@yearly", "0 0 1 1 *"},
                                             {"@annually", "0 0 1 1 *"}}};

/// A piece of the text and where it stands.
struct Word {
    std::string_view text;
    std::size_t at = 0;
};

unexpected<CronMistake> wrong(const Word& word, std::string message, std::string advice = {}) {
    return unexpected{CronMistake{.at = word.at,
                                  .width = std::max<std::size_t>(word.text.size(), 1),
                                  .message = std::move(message),
                                  .advice = std::move(advice)}};
}

/// The pieces of `whole` between `separator`s; empty ones too.
std::vector<Word> split(const Word& whole, char separator) {
    std::vector<Word> pieces;
    for (std::size_t at = 0; at <= whole.text.size();) {
        const std::size_t end = std::min(whole.text.find(separator, at), whole.text.size());
        pieces.push_back({.text = whole.text.substr(at, end - at), .at = whole.at + at});
        at = end + 1;
    }
    return pieces;
}

/// The pieces between blanks.
std::vector<Word> fields_of(std::string_view text) {
    std::vector<Word> fields;
    constexpr std::string_view blanks = " \t";
    for (std::size_t at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
        fields.push_back({.text = text.substr(at, end - at), .at = at});
        at = text.find_first_not_of(blanks, end);
    }
    return fields;
}

std::string quoted(std::string_view text) {
    return '\'' + std::string{text} + '\'';
}

std::optional<unsigned> number_of(std::string_view text) {
    unsigned value = 0;
    const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc{} && stop == text.data() + text.size() ? std::optional{value}
                                                                       : std::nullopt;
}

bool equal_names(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

unexpected<CronMistake> no_value(const Word& word, const FieldKind& kind) {
    if (word.text.find_first_of("LlWw#?") != std::string_view::npos &&
        word.text.find_first_not_of("LlWw#?0123456789") == std::string_view::npos) {
        return wrong(word,
                     quoted(word.text) + " is of another cron: L, W, # and ? are not supported",
                     "a calendar = \"FILE.ics\" can say \"the last Friday of the month\"");
    }
    return wrong(word,
                 word.text.empty() ? "a value of the " + std::string{kind.name} + " is missing"
                                   : quoted(word.text) + " is no " + std::string{kind.name},
                 std::string{kind.values});
}

tl::expected<unsigned, CronMistake> value_of(const Word& word, const FieldKind& kind) {
    const auto named = std::ranges::find_if(
        kind.names, [&](std::string_view name) { return equal_names(name, word.text); });
    if (named != kind.names.end()) {
        return kind.low + static_cast<unsigned>(named - kind.names.begin());
    }
    const std::optional<unsigned> number = number_of(word.text);
    if (!number) {
        return no_value(word, kind);
    }
    if (*number < kind.low || *number > kind.high) {
        return wrong(word,
                     "there is no " + std::string{kind.name} + ' ' + std::to_string(*number),
                     std::string{kind.values});
    }
    return *number;
}

/// The values low..high of one item, by `step`.
struct Range {
    unsigned low = 0;
    unsigned high = 0;
    unsigned step = 1;
};

tl::expected<Range, CronMistake> bounds_of(const Word& word, const FieldKind& kind) {
    if (word.text == "*") {
        return Range{.low = kind.low, .high = kind.high};
    }
    const std::vector<Word> ends = split(word, '-');
    if (ends.size() > 2) {
        return wrong(word, quoted(word.text) + " is no range", "write FIRST-LAST");
    }
    const auto low = value_of(ends.front(), kind);
    if (!low) {
        return unexpected{low.error()};
    }
    auto high = value_of(ends.back(), kind);
    if (!high) {
        return unexpected{high.error()};
    }
    const bool to_sunday = kind.names.size() == day_names.size() && *high == 0 && ends.size() == 2;
    if (to_sunday) {
        *high = 7;
    }
    if (*low > *high) {
        return wrong(word,
                     quoted(word.text) + " runs backwards",
                     "write two: " + std::string{ends.front().text} + '-' +
                         std::to_string(kind.high) + ',' + std::to_string(kind.low) + '-' +
                         std::string{ends.back().text});
    }
    return Range{.low = *low, .high = *high};
}

tl::expected<Range, CronMistake> range_of(const Word& item, const FieldKind& kind) {
    const std::size_t slash = item.text.find('/');
    const Word values{.text = item.text.substr(0, slash), .at = item.at};
    auto range = bounds_of(values, kind);
    if (!range || slash == std::string_view::npos) {
        return range;
    }
    const Word step{.text = item.text.substr(slash + 1), .at = item.at + slash + 1};
    const std::optional<unsigned> number = number_of(step.text);
    if (!number || *number == 0 || *number > kind.high) {
        return wrong(step,
                     "the step of a " + std::string{kind.name} + " must be from 1 to " +
                         std::to_string(kind.high));
    }
    if (values.text.find_first_of("*-") == std::string_view::npos) {
        return wrong(item,
                     quoted(item.text) + ": a step needs a range",
                     "write " + std::string{values.text} + '-' + std::to_string(kind.high) + '/' +
                         std::string{step.text});
    }
    range->step = *number;
    return range;
}

tl::expected<std::uint64_t, CronMistake> bits_of(const Word& field, const FieldKind& kind) {
    std::uint64_t bits = 0;
    for (const Word& item : split(field, ',')) {
        const auto range = range_of(item, kind);
        if (!range) {
            return unexpected{range.error()};
        }
        for (unsigned value = range->low; value <= range->high; value += range->step) {
            bits |= std::uint64_t{1} << value;
        }
    }
    return bits;
}

unexpected<CronMistake> wrong_count(std::string_view text, const std::vector<Word>& fields) {
    const std::string count = std::to_string(fields.size());
    const Word whole{.text = text};
    if (fields.size() > kinds.size()) {
        return wrong({.text = text.substr(fields[kinds.size()].at), .at = fields[kinds.size()].at},
                     "there are " + count + " fields, not 5",
                     "minute hour day-of-month month day-of-week; no seconds, no year");
    }
    return wrong(whole,
                 "there " + std::string{fields.size() == 1 ? "is " : "are "} + count + " field" +
                     (fields.size() == 1 ? "" : "s") + ", not 5",
                 "minute hour day-of-month month day-of-week, as in \"0 8 * * mon-fri\"");
}

bool has(std::uint64_t bits, unsigned value) {
    return ((bits >> value) & 1U) != 0;
}

}  // namespace

tl::expected<Cron, CronMistake> parse_cron(std::string_view text) {
    const std::vector<Word> fields = fields_of(text);
    if (fields.size() == 1 && fields.front().text.starts_with('@')) {
        for (const Nickname& nickname : nicknames) {
            if (equal_names(nickname.name, fields.front().text)) {
                return parse_cron(nickname.fields);
            }
        }
        return wrong(fields.front(),
                     quoted(fields.front().text) + " is not known",
                     "@hourly, @daily, @weekly, @monthly or @yearly");
    }
    if (fields.size() != kinds.size()) {
        return wrong_count(text, fields);
    }
    std::array<std::uint64_t, kinds.size()> bits{};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const auto read = bits_of(fields[i], kinds[i]);
        if (!read) {
            return unexpected{read.error()};
        }
        bits[i] = *read;
    }
    const std::uint64_t sunday_too = bits[day_of_week] | (bits[day_of_week] >> 7U);
    return Cron{.minutes = bits[0],
                .hours = static_cast<std::uint32_t>(bits[1]),
                .days = static_cast<std::uint32_t>(bits[2]),
                .months = static_cast<std::uint16_t>(bits[3]),
                .weekdays = static_cast<std::uint8_t>(sunday_too & 0x7FU),
                .either_day = !fields[day_of_month].text.starts_with('*') &&
                              !fields[day_of_week].text.starts_with('*')};
}

bool fires_on(const Cron& cron, std::chrono::year_month_day day) {
    const bool by_month_day = has(cron.days, unsigned{day.day()});
    const bool by_weekday =
        has(cron.weekdays, std::chrono::weekday{std::chrono::local_days{day}}.c_encoding());
    return has(cron.months, unsigned{day.month()}) &&
           (cron.either_day ? by_month_day || by_weekday : by_month_day && by_weekday);
}

bool ever_fires(const Cron& cron) {
    using std::chrono::month;
    const std::chrono::year leap{2024};
    for (unsigned m = 1; m <= 12; ++m) {
        const auto last = (leap / month{m} / std::chrono::last).day();
        for (unsigned d = 1; has(cron.months, m) && d <= unsigned{last}; ++d) {
            if (cron.either_day || has(cron.days, d)) {
                return true;
            }
        }
    }
    return false;
}

std::vector<TimePoint> firings(const Cron& cron,
                               const Zone& zone,
                               TimePoint from,
                               TimePoint until) {
    using std::chrono::days;
    std::vector<TimePoint> out;
    // A day early: what falls into a gap fires behind it, which may be the next day.
    auto day = std::chrono::floor<days>(zone.local_at(from)) - days{1};
    for (const auto last = std::chrono::floor<days>(zone.local_at(until)); day <= last;
         day += days{1}) {
        if (!fires_on(cron, std::chrono::year_month_day{day})) {
            continue;
        }
        for (unsigned minute = 0; minute < 24 * 60; ++minute) {
            if (!has(cron.hours, minute / 60) || !has(cron.minutes, minute % 60)) {
                continue;
            }
            const TimePoint at = zone.instant_of(day + std::chrono::minutes{minute});
            if (at >= from && at < until) {
                out.push_back(at);
            }
        }
    }
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace tided::config
