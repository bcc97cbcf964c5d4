#include "metrics/sample_code.h"

#include <array>
#include <bit>
#include <cmath>
#include <optional>

namespace tided::metrics {
namespace {

constexpr std::uint8_t finest_scale = 9;
constexpr std::array<double, finest_scale + 1> powers{
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr std::array<std::int64_t, finest_scale + 1> whole_powers{
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr double largest_exact = 9'007'199'254'740'992.0;  // 2^53
constexpr std::uint8_t no_window = 64;

std::uint64_t bits_of(double value) {
    return std::bit_cast<std::uint64_t>(value);
}

double value_of(std::int64_t integer, std::uint8_t scale) {
    const auto exact = static_cast<double>(integer);
    return scale == 0 ? exact : exact / powers[scale];
}

// The integer m with value == m / 10^scale to the bit.
std::optional<std::int64_t> integer_of(double value, std::uint8_t scale) {
    const double scaled = scale == 0 ? value : value * powers[scale];
    if (!(std::abs(scaled) < largest_exact)) {
        return std::nullopt;
    }
    const auto integer = static_cast<std::int64_t>(scaled + std::copysign(0.5, scaled));
    return bits_of(value_of(integer, scale)) == bits_of(value) ? std::optional{integer}
                                                               : std::nullopt;
}

}  // namespace

SampleCode::SampleCode(std::int64_t first_ms, double first_value) : at_ms(first_ms), count(1) {
    take_other(first_value);
}

void SampleCode::write(BitWriter& out, std::int64_t next_ms, double next) {
    const auto next_interval = static_cast<std::int32_t>(next_ms - at_ms);
    out.put_signed(static_cast<std::int64_t>(next_interval) - interval_ms);
    interval_ms = next_interval;
    at_ms = next_ms;
    ++count;
    write_value(out, next);
}

void SampleCode::read(BitReader& in) {
    interval_ms = static_cast<std::int32_t>(interval_ms + in.take_signed());
    at_ms += interval_ms;
    ++count;
    const std::uint64_t kind = in.peek();
    if ((kind & 1U) == 0) {
        in.skip(1);
        step = 0;
    } else if ((kind & 2U) == 0) {
        in.skip(2);
        read_scaled(in);
    } else if ((kind & 4U) == 0) {
        in.skip(3);
        read_xor(in);
    } else {
        in.skip(3);
        rescale(static_cast<std::uint8_t>(in.take(4)));
        read_scaled(in);
    }
}

void SampleCode::write_value(BitWriter& out, double next) {
    if (bits_of(next) == bits_of(value)) {
        out.put(0, 1);
        step = 0;
        return;
    }
    for (std::uint8_t to = scale; to <= finest_scale; ++to) {
        const auto next_integer = integer_of(next, to);
        if (!next_integer) {
            continue;
        }
        if (to != scale) {
            out.put(0b111U | (static_cast<unsigned>(to) << 3U), 7);
            rescale(to);
            write_scaled(out, *next_integer, next);
            return;
        }
        if (BitWriter::cost(*next_integer - integer - step) <= xor_cost(next)) {
            out.put(0b01, 2);
            write_scaled(out, *next_integer, next);
            return;
        }
        break;  // large multiples of a power of two
    }
    out.put(0b011, 3);
    write_xor(out, next);
}

unsigned SampleCode::xor_cost(double next) const {
    const std::uint64_t change = bits_of(next) ^ bits_of(value);
    const auto zeros_before = static_cast<unsigned>(std::countl_zero(change));
    const auto zeros_after = static_cast<unsigned>(std::countr_zero(change));
    return fits(zeros_before, zeros_after) ? 65U - leading - trailing
                                           : 77U - zeros_before - zeros_after;
}

bool SampleCode::fits(unsigned zeros_before, unsigned zeros_after) const {
    return leading != no_window && zeros_before >= leading && zeros_after >= trailing;
}

void SampleCode::write_scaled(BitWriter& out, std::int64_t next_integer, double next) {
    const std::int64_t next_step = next_integer - integer;
    out.put_signed(next_step - step);
    step = next_step;
    integer = next_integer;
    value = next;
}

void SampleCode::read_scaled(BitReader& in) {
    step += in.take_signed();
    integer += step;
    value = value_of(integer, scale);
}

// A value told by its bits: the integers begin anew with it.
void SampleCode::take_other(double next) {
    value = next;
    step = 0;
    integer = integer_of(next, scale).value_or(0);
}

void SampleCode::rescale(std::uint8_t to) {
    constexpr std::int64_t longest_step = 1LL << 55U;
    std::int64_t wider = 0;
    const bool is_too_wide = __builtin_mul_overflow(step, whole_powers[to - scale], &wider) ||
                             wider > longest_step || wider < -longest_step;
    step = is_too_wide ? 0 : wider;
    scale = to;
    integer = integer_of(value, scale).value_or(0);
}

void SampleCode::write_xor(BitWriter& out, double next) {
    const std::uint64_t change = bits_of(next) ^ bits_of(value);
    const auto zeros_before = static_cast<std::uint8_t>(std::countl_zero(change));
    const auto zeros_after = static_cast<std::uint8_t>(std::countr_zero(change));
    take_other(next);
    if (fits(zeros_before, zeros_after)) {
        out.put(0, 1);
    } else {
        leading = zeros_before;
        trailing = zeros_after;
        out.put(
            1U | (static_cast<unsigned>(leading) << 1U) | (static_cast<unsigned>(trailing) << 7U),
            13);
    }
    out.put_long(change >> trailing, 64U - leading - trailing);
}

void SampleCode::read_xor(BitReader& in) {
    if (in.take(1) == 1) {
        leading = static_cast<std::uint8_t>(in.take(6));
        trailing = static_cast<std::uint8_t>(in.take(6));
    }
    const std::uint64_t change = in.take_long(64U - leading - trailing) << trailing;
    take_other(std::bit_cast<double>(bits_of(value) ^ change));
}

}  // namespace tided::metrics
