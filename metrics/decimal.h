// Short decimals at the speed a page needs: "12", "-0.5", "3641.92993", "1.2e+06".
//
//   digits 8 at a time into an integer m     value = m * 10^k or m / 10^k
//
// With m <= 2^53 and k <= 22 both are doubles, so that one operation rounds once and the result is
// the nearest double (W. D. Clinger, "How to read floating point numbers accurately", 1990).
// Whatever is not short is left to parse_number(), which reads the same.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace tided::metrics {

namespace decimal {

inline constexpr std::uint64_t largest_exact = 1ULL << 53U;
inline constexpr std::ptrdiff_t largest_power = 22;
inline constexpr std::array<double, 23> powers{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
inline constexpr std::array<std::uint64_t, 9> whole_powers{
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

/// How many of the eight bytes are digits, from the first (lowest) on.
[[nodiscard]] inline unsigned leading_digits(std::uint64_t text) {
    const std::uint64_t above = text + 0x4646464646464646ULL;  // top bit: over '9'
    const std::uint64_t below = text - 0x3030303030303030ULL;  // top bit: under '0', or borrowed
    const std::uint64_t odd = (above | below | text) & 0x8080808080808080ULL;
    return odd == 0 ? 8U : static_cast<unsigned>(std::countr_zero(odd)) / 8U;
}

/// The number of the first `count` digits. REQUIRES: 1 <= count <= 8.
[[nodiscard]] inline std::uint64_t value_of(std::uint64_t text, unsigned count) {
    text <<= 8U * (8U - count);  // zeros in front; a shifted-in 0 byte is no '0': masked below
    text &= 0x0f0f0f0f0f0f0f0fULL;
    text = (text * 10U) + (text >> 8U);
    return (((text & 0x000000ff000000ffULL) * 0x000f424000000064ULL) +
            (((text >> 16U) & 0x000000ff000000ffULL) * 0x0000271000000001ULL)) >>
           32U;
}

/// Appends the digits at `at` to `number`; gives the end of them.
[[nodiscard]] inline const char* read_digits(const char* at,
                                             const char* end,
                                             std::uint64_t& number) {
    if constexpr (std::endian::native == std::endian::little) {
        while (end - at >= 8) {
            std::uint64_t text = 0;
            std::memcpy(&text, at, sizeof(text));
            const unsigned count = leading_digits(text);
            if (count == 0) {
                return at;
            }
            number = number * whole_powers[count] + value_of(text, count);
            at += count;
            if (count < 8) {
                return at;
            }
        }
    }
    for (; at < end && *at >= '0' && *at <= '9'; ++at) {
        number = number * 10 + static_cast<std::uint64_t>(*at - '0');
    }
    return at;
}

/// Reads "e+06" from the front of [at, end) into `exponent`; null when nothing of that kind, or one
/// too large for us, follows the "e".
[[nodiscard]] inline const char* read_exponent(const char* at,
                                               const char* end,
                                               std::ptrdiff_t& exponent) {
    ++at;
    const bool negative = at < end && *at == '-';
    at += negative || (at < end && *at == '+') ? 1 : 0;
    const char* const first = at;
    for (; at < end && *at >= '0' && *at <= '9' && at - first < 3; ++at) {
        exponent = exponent * 10 + (*at - '0');
    }
    exponent = negative ? -exponent : exponent;
    return at == first || at - first == 3 ? nullptr : at;
}

/// number * 10^exponent, rounded once. REQUIRES: both are exact doubles.
[[nodiscard]] inline double scaled(std::uint64_t number, std::ptrdiff_t exponent) {
    const auto exact = static_cast<double>(number);
    return exponent > 0 ? exact * powers[static_cast<std::size_t>(exponent)]
                        : exact / powers[static_cast<std::size_t>(-exponent)];
}

}  // namespace decimal

/// Reads a short decimal from the front of [at, end) into `value`; gives where it stopped, or null
/// when none stands there. The caller judges the byte it stopped at: a number may go on there in a
/// way that is not a short decimal's.
[[nodiscard]] inline const char* read_decimal(const char* at, const char* end, double& value) {
    const bool negative = at < end && *at == '-';
    at += negative ? 1 : 0;
    std::uint64_t number = 0;
    const char* const first = at;
    at = decimal::read_digits(at, end, number);
    auto digits = at - first;
    std::ptrdiff_t exponent = 0;
    if (at < end && *at == '.') {
        const char* const point = at++;
        at = decimal::read_digits(at, end, number);
        exponent = point + 1 - at;
        digits -= exponent;
    }
    if (digits == 0 || digits > 19 || number > decimal::largest_exact) {
        return nullptr;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        std::ptrdiff_t written = 0;
        at = decimal::read_exponent(at, end, written);
        exponent += written;
        if (at == nullptr || exponent > decimal::largest_power ||
            exponent < -decimal::largest_power) {
            return nullptr;
        }
    }
    const double magnitude = decimal::scaled(number, exponent);
    value = negative ? -magnitude : magnitude;
    return at;
}

}  // namespace tided::metrics
