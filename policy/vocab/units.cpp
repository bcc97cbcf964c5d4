// Text to quantity. Decimal text is kept exact (an integer mantissa and a power of ten or two)
// until the last step, so "0.1" is 100 milli-units and never 99 or 101.
#include "policy/vocab/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace tided {
namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct Suffix {
    std::string_view name;
    int power_of_ten;
    int power_of_two;
};

constexpr std::array<Suffix, 15> suffixes{{{"Ki", 0, 10},
                                           {"Mi", 0, 20},
                                           {"Gi", 0, 30},
                                           {"Ti", 0, 40},
                                           {"Pi", 0, 50},
                                           {"Ei", 0, 60},
                                           {"n", -9, 0},
                                           {"u", -6, 0},
                                           {"m", -3, 0},
                                           {"k", 3, 0},
                                           {"M", 6, 0},
                                           {"G", 9, 0},
                                           {"T", 12, 0},
                                           {"P", 15, 0},
                                           {"E", 18, 0}}};

/// mantissa * 10^ten * 2^two
struct Quantity {
    __extension__ __int128 mantissa = 0;
    int ten = 0;
    int two = 0;
};

tl::unexpected<Error> not_a_quantity(std::string_view text) {
    return fail(ErrorCode::invalid_input,
                "'" + std::string{text} + "' is not a quantity such as 250m, 1.5 or 512Mi");
}

tl::unexpected<Error> too_large(std::string_view text) {
    return fail(ErrorCode::invalid_input, "'" + std::string{text} + "' is too large");
}

/// Digits with at most one dot; moves `at` behind them.
Result<Quantity> read_number(std::string_view text, std::size_t& at) {
    Quantity q;
    bool dot = false;
    int digits = 0;
    for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !dot)); ++at) {
        if (text[at] == '.') {
            dot = true;
            continue;
        }
        if (++digits > 30) {
            return too_large(text);
        }
        q.mantissa = q.mantissa * 10 + (text[at] - '0');
        q.ten -= dot ? 1 : 0;
    }
    if (digits == 0) {
        return not_a_quantity(text);
    }
    return q;
}

Status read_suffix(std::string_view text, std::size_t at, Quantity& q) {
    const std::string_view rest = text.substr(at);
    if (rest.empty()) {
        return {};
    }
    for (const Suffix& suffix : suffixes) {
        if (rest == suffix.name) {
            q.ten += suffix.power_of_ten;
            q.two += suffix.power_of_two;
            return {};
        }
    }
    int exponent = 0;
    const char* digits = rest.data() + 1 + (rest.size() > 1 && rest[1] == '+' ? 1 : 0);
    const char* end = rest.data() + rest.size();
    const auto [stop, problem] = std::from_chars(digits, end, exponent);
    if ((rest[0] != 'e' && rest[0] != 'E') || problem != std::errc{} || stop != end) {
        return not_a_quantity(text);
    }
    if (exponent < -18) {
        return fail(ErrorCode::invalid_input, "'" + std::string{text} + "' is too small");
    }
    if (exponent > 18) {
        return too_large(text);
    }
    q.ten += exponent;
    return {};
}

/// The quantity times 10^scale as a whole number, rounded up.
Result<std::int64_t> rounded_up(std::string_view text, int scale) {
    if (!text.empty() && text.front() == '-') {
        return fail(ErrorCode::invalid_input, "'" + std::string{text} + "' is negative");
    }
    std::size_t at = 0;
    Result<Quantity> read = read_number(text, at);
    if (!read) {
        return fail(std::move(read).error());
    }
    if (Status suffix = read_suffix(text, at, *read); !suffix) {
        return fail(std::move(suffix).error());
    }
    auto value = read->mantissa;
    constexpr auto limit = std::numeric_limits<std::int64_t>::max();
    for (int i = 0; i < read->two; ++i) {
        value *= 2;
        if (value > (static_cast<decltype(value)>(limit) << 40)) {
            return too_large(text);
        }
    }
    int ten = read->ten + scale;
    for (; ten > 0; --ten) {
        value *= 10;
        if (value > (static_cast<decltype(value)>(limit) << 40)) {
            return too_large(text);
        }
    }
    bool rest = false;
    for (; ten < 0; ++ten) {
        rest = rest || value % 10 != 0;
        value /= 10;
    }
    value += rest ? 1 : 0;
    if (value > limit) {
        return too_large(text);
    }
    return static_cast<std::int64_t>(value);
}

struct DurationUnit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr std::array<DurationUnit, 6> duration_units{{{"w", 7LL * 24 * 3600 * 1000},
                                                      {"d", 24LL * 3600 * 1000},
                                                      {"h", 3600LL * 1000},
                                                      {"m", 60LL * 1000},
                                                      {"s", 1000},
                                                      {"ms", 1}}};

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    const auto wrong = [&](const char* why) {
        return fail(ErrorCode::invalid_input,
                    "'" + std::string{text} + "' is not a duration such as 90s or 1m30s: " + why);
    };
    if (text == "0") {
        return Duration{0};
    }
    if (text.empty()) {
        return wrong("it is empty");
    }
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::int64_t number = 0;
        const char* begin = text.data() + at;
        const auto [stop, problem] = std::from_chars(begin, text.data() + text.size(), number);
        if (problem != std::errc{} || number < 0 || !is_digit(*begin)) {
            return wrong("a whole number is expected before each unit");
        }
        at += static_cast<std::size_t>(stop - begin);
        const std::size_t end = text.find_first_of("0123456789", at);
        const std::string_view name = text.substr(at, end - at);
        at = end == std::string_view::npos ? text.size() : end;
        while (next_unit < duration_units.size() && duration_units[next_unit].name != name) {
            ++next_unit;
        }
        if (next_unit == duration_units.size()) {
            return wrong("units are w d h m s ms, largest first, each once");
        }
        std::int64_t part = 0;
        if (__builtin_mul_overflow(number, duration_units[next_unit].milliseconds, &part) ||
            __builtin_add_overflow(total, part, &total)) {
            return wrong("it is too long");
        }
        ++next_unit;
    }
    return Duration{total};
}

Result<std::int64_t> parse_milli_quantity(std::string_view text) {
    return rounded_up(text, 3);
}

Result<Bytes> parse_bytes(std::string_view text) {
    return rounded_up(text, 0).map([](std::int64_t n) { return Bytes{n}; });
}

Result<double> parse_quantity(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    const std::size_t begin = is_negative || text.starts_with('+') ? 1 : 0;
    std::size_t end = begin;
    if (const Result<Quantity> number = read_number(text, end); !number) {
        return fail(number.error());
    }
    Quantity scale;
    if (Status suffix = read_suffix(text, end, scale); !suffix) {
        return fail(std::move(suffix).error());
    }
    // Rounded once: by from_chars. A power of two takes nothing away.
    std::string decimal{text.substr(begin, end - begin)};
    decimal += 'e' + std::to_string(scale.ten);
    double value = 0.0;
    std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
    value = std::ldexp(value, scale.two);
    return is_negative ? -value : value;
}

Result<Ratio> parse_ratio(std::string_view text) {
    std::string_view number = text;
    const bool percent = number.ends_with('%');
    number.remove_suffix(percent ? 1 : 0);
    double value = 0.0;
    const auto [stop, problem] =
        std::from_chars(number.data(), number.data() + number.size(), value);
    if (problem != std::errc{} || stop != number.data() + number.size() || !std::isfinite(value) ||
        value < 0) {
        return fail(ErrorCode::invalid_input,
                    "'" + std::string{text} + "' is not a ratio such as 80% or 0.8");
    }
    return Ratio{percent ? value / 100.0 : value};
}

}  // namespace tided
