// Units: quantities that a signature may carry. No bare int or double crosses a floor.
//
//   Replicas    units of a pool, 0 .. 2^31-1 (HPA's int32)
//   MilliCpu    thousandths of a core          Bytes    bytes
// Text forms are Kubernetes': "250m" = 250 MilliCpu, "512Mi" = 512 * 2^20 bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/vocab/result.h"

namespace tided {

struct Replicas {
    std::int32_t count = 0;

    friend constexpr auto operator<=>(Replicas, Replicas) = default;
};

struct MilliCpu {
    std::int64_t count = 0;

    friend constexpr auto operator<=>(MilliCpu, MilliCpu) = default;
};

struct Bytes {
    std::int64_t count = 0;

    friend constexpr auto operator<=>(Bytes, Bytes) = default;
};

/// A share of one: 0.8 is 80 %. Any finite value; may exceed 1.
struct Ratio {
    double value = 0.0;

    friend constexpr auto operator<=>(Ratio, Ratio) = default;
};

[[nodiscard]] inline std::string to_string(Replicas n) {
    return std::to_string(n.count);
}

/// Reads "90s", "1m30s", "250ms", "1d", "0s": one or more number+unit pairs in falling order,
/// units ms s m h d w. Errors: empty text, missing or unknown unit, sign, overflow.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// Reads a Kubernetes quantity ("250m", "1.5", "512Mi", "1e3", "100n") as thousandths, rounded up
/// as HPA rounds. Errors: not a quantity, negative, beyond int64.
[[nodiscard]] Result<std::int64_t> parse_milli_quantity(std::string_view text);

/// Reads a whole number of bytes from a Kubernetes quantity ("512Mi"), rounded up.
[[nodiscard]] Result<Bytes> parse_bytes(std::string_view text);

/// Reads a Kubernetes quantity of either sign as the number nearest to it: "12345678n" cores,
/// "65536Ki" bytes. What is finer than a billionth is not rounded up to one, as the API server does
/// before it answers. Errors: not a quantity, over 30 digits, an exponent beyond 18.
[[nodiscard]] Result<double> parse_quantity(std::string_view text);

/// Reads "80%" or "0.8" as a Ratio. Errors: not a number, negative, not finite.
[[nodiscard]] Result<Ratio> parse_ratio(std::string_view text);

}  // namespace tided
