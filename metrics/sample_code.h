// SampleCode: samples of one series in few bits, each told by what differs from the one before.
//
//   instant   the change of the interval (delta of deltas), 1 bit when there is none
//   value     0     the same again
//             10    a decimal, m / 10^scale: the change of m's change (1 bit when there is none)
//             111   the same in another scale
//             110   any other double: the bits that differ (XOR)
//
// A counter that grows evenly costs 4 bits a sample, a gauge that stands still 2. Delta of deltas
// and XOR are Gorilla's (Pelkonen et al., VLDB 2015); that most values on a page are short
// decimals, whose integers have small differences where their doubles have not, is what
// VictoriaMetrics uses too. What is read back is the same double to the bit, NaN and its kind
// included.
#pragma once

#include <cstdint>

#include "metrics/bit_stream.h"

namespace tided::metrics {

/// What the next sample is told against.
struct SampleCode {
    SampleCode() = default;
    SampleCode(std::int64_t first_ms, double first_value);

    std::int64_t at_ms = 0;
    double value = 0.0;
    std::int64_t integer = 0;      ///< value * 10^scale; 0 when that is no exact integer
    std::int64_t step = 0;         ///< of the integer, from the sample before
    std::int32_t interval_ms = 0;  ///< from the sample before
    std::uint8_t scale = 0;
    std::uint8_t leading = 64;  ///< zero bits of the last XOR; 64: there was none
    std::uint8_t trailing = 0;
    std::uint8_t count = 0;  ///< of the samples told so far, this one included

    /// As many as can be told.
    static constexpr std::uint8_t most = 255;

    /// The longest code of a sample, in bits.
    static constexpr std::uint32_t longest = 70 + 7 + 70 + 16;

    /// Whether `at_ms` is near enough to be told. REQUIRES: it is later than this sample.
    [[nodiscard]] bool reaches(std::int64_t next_ms) const { return next_ms - at_ms <= INT32_MAX; }

    /// Writes the sample that follows and becomes it. REQUIRES: reaches(next_ms).
    void write(BitWriter& out, std::int64_t next_ms, double next);

    /// Reads the sample that follows and becomes it.
    void read(BitReader& in);

private:
    void write_value(BitWriter& out, double next);
    void write_scaled(BitWriter& out, std::int64_t next_integer, double next);
    void take_other(double next);
    void write_xor(BitWriter& out, double next);
    [[nodiscard]] unsigned xor_cost(double next) const;
    [[nodiscard]] bool fits(unsigned zeros_before, unsigned zeros_after) const;
    void read_scaled(BitReader& in);
    void read_xor(BitReader& in);
    void rescale(std::uint8_t to);
};

}  // namespace tided::metrics
