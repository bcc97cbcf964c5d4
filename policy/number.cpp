#include "policy/number.h"

#include <array>
#include <charconv>
#include <cmath>

namespace tided::policy {

namespace {

constexpr double largest_plain = 1e15;

std::string digits(double value, std::chars_format format, int precision) {
    std::array<char, 400> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, format, precision);
    return {text.data(), end.ptr};
}

std::string shortest(double value) {
    std::array<char, 400> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace

std::string number(double value) {
    if (std::abs(value) >= largest_plain || !std::isfinite(value)) {
        return shortest(value);
    }
    if (value == std::trunc(value)) {
        return digits(value + 0.0, std::chars_format::fixed, 0);
    }
    if (std::abs(value) >= 1e5) {
        const std::string one_decimal = digits(value, std::chars_format::fixed, 1);
        return one_decimal.ends_with(".0") ? shortest(value) : one_decimal;
    }
    const std::string six = digits(value, std::chars_format::general, 6);
    return six.find_first_of(".e") == std::string::npos ? shortest(value) : six;
}

std::string roughly(double value) {
    return std::abs(value) >= 100.0 ? number(std::round(value))
                                    : digits(value, std::chars_format::general, 3);
}

std::string percent(Ratio share) {
    return digits(share.value * 100.0, std::chars_format::general, 6) + "%";
}

}  // namespace tided::policy
