// Amounts: whole numbers of millicores or bytes, between 0 and 10^14, cut from doubles toward zero
// (kubernetes/autoscaler recommender/model/types.go). The cap is 10^11 cores or 100 TB.
//
// NaN is 0 * infinity here: nothing measured, and no confidence in it. It becomes the smallest
// number there is, as where upstream runs, and the minimum that ends every estimate lifts it.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "policy/vocab/units.h"

namespace tided::policy::vpa {

inline constexpr std::int64_t max_amount = 100'000'000'000'000;

[[nodiscard]] inline std::int64_t amount_of(double value) {
    if (std::isnan(value)) {
        return std::numeric_limits<std::int64_t>::min();
    }
    if (value > static_cast<double>(max_amount)) {
        return max_amount;
    }
    return value < 0.0 ? 0 : static_cast<std::int64_t>(value);
}

[[nodiscard]] inline std::int64_t scaled(std::int64_t amount, double factor) {
    return amount_of(static_cast<double>(amount) * factor);
}

[[nodiscard]] inline MilliCpu cpu_of_cores(double cores) {
    return {amount_of(cores * 1000.0)};
}

[[nodiscard]] constexpr double cores_of(MilliCpu cpu) {
    return static_cast<double>(cpu.count) / 1000.0;
}

[[nodiscard]] inline Bytes memory_of_bytes(double bytes) {
    return {amount_of(bytes)};
}

[[nodiscard]] constexpr double bytes_of(Bytes memory) {
    return static_cast<double>(memory.count);
}

}  // namespace tided::policy::vpa
