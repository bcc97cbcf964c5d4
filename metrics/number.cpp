#include "metrics/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace tided::metrics {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((text[i] | 0x20) != lower[i]) {
            return false;
        }
    }
    return true;
}

std::optional<double> parse_special(std::string_view unsigned_text, bool has_sign, bool negative) {
    if (!has_sign && equals_ignoring_case(unsigned_text, "nan")) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (equals_ignoring_case(unsigned_text, "inf") ||
        equals_ignoring_case(unsigned_text, "infinity")) {
        const double infinity = std::numeric_limits<double>::infinity();
        return negative ? -infinity : infinity;
    }
    return std::nullopt;
}

// std::from_chars leaves its result alone when the number is out of range: too large and too
// small look the same. strtod tells them apart; it is reached by absurd input only.
std::optional<double> parse_out_of_range(std::string_view digits) {
    const double value = std::strtod(std::string{digits}.c_str(), nullptr);
    return std::isinf(value) ? std::nullopt : std::optional<double>{value};
}

// Below it the shortest digits are all there is to print. Above it std::to_chars writes every digit
// of the integer, Go zeros behind the shortest ones.
constexpr double exact_integers = 9'007'199'254'740'992.0;  // 2^53

// Splits "d.ddde±xx" into its digits and the power of ten of the first digit.
struct Scientific {
    std::array<char, 24> digits{};
    int count = 0;
    int exponent = 0;
};

Scientific shortest(double magnitude) {
    std::array<char, 40> text{};
    const auto end =
        std::to_chars(
            text.data(), text.data() + text.size(), magnitude, std::chars_format::scientific)
            .ptr;
    Scientific parts;
    const char* at = text.data();
    for (; at != end && *at != 'e'; ++at) {
        if (*at != '.') {
            parts.digits[static_cast<std::size_t>(parts.count++)] = *at;
        }
    }
    if (at != end) {
        const char* const number = at[1] == '+' ? at + 2 : at + 1;
        std::from_chars(number, end, parts.exponent);
    }
    return parts;
}

void append_fixed(std::string& out, const Scientific& parts) {
    const std::string_view digits{parts.digits.data(), static_cast<std::size_t>(parts.count)};
    if (parts.exponent < 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-parts.exponent - 1), '0');
        out += digits;
        return;
    }
    const auto whole = static_cast<std::size_t>(parts.exponent) + 1;
    out += digits.substr(0, whole);
    if (digits.size() <= whole) {
        out.append(whole - digits.size(), '0');
    } else {
        out += '.';
        out += digits.substr(whole);
    }
}

void append_scientific(std::string& out, const Scientific& parts) {
    const std::string_view digits{parts.digits.data(), static_cast<std::size_t>(parts.count)};
    out += digits.front();
    if (digits.size() > 1) {
        out += '.';
        out += digits.substr(1);
    }
    out += parts.exponent < 0 ? "e-" : "e+";
    const int magnitude = std::abs(parts.exponent);
    if (magnitude < 10) {
        out += '0';
    }
    out += std::to_string(magnitude);
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
    const bool has_sign = !text.empty() && (text.front() == '+' || text.front() == '-');
    const bool negative = has_sign && text.front() == '-';
    const std::string_view digits = has_sign ? text.substr(1) : text;
    if (digits.empty() || !(is_digit(digits.front()) || digits.front() == '.')) {
        return parse_special(digits, has_sign, negative);
    }
    double value = 0.0;
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value);
    if (stopped != end || error == std::errc::invalid_argument) {
        return std::nullopt;
    }
    if (error == std::errc::result_out_of_range || std::isinf(value)) {
        const auto tiny = parse_out_of_range(digits);
        if (!tiny) {
            return std::nullopt;
        }
        value = *tiny;
    }
    return negative ? -value : value;
}

void append_number(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
        return;
    }
    if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
        return;
    }
    const double magnitude = std::abs(value);
    if (magnitude == 0.0 || (magnitude >= 1e-6 && magnitude < exact_integers)) {
        std::array<char, 40> text{};
        const auto end =
            std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed)
                .ptr;
        out.append(text.data(), end);
        return;
    }
    if (std::signbit(value)) {
        out += '-';
    }
    const Scientific parts = shortest(magnitude);
    if (magnitude < 1e-6 || magnitude >= 1e21) {
        append_scientific(out, parts);
    } else {
        append_fixed(out, parts);
    }
}

std::string format_number(double value) {
    std::string text;
    append_number(text, value);
    return text;
}

}  // namespace tided::metrics
