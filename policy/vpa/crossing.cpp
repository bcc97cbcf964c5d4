// Plain loops: the independent additions of a block are what makes them fast. Vectors of two (SSE2)
// were measured and are slower: they wait for the single weight that the last add() stored.
#include "policy/vpa/crossing.h"

#include <cmath>
#include <cstdint>

namespace tided::policy::vpa {

namespace {

constexpr std::size_t block_size = 8;
constexpr double rounding = 0x1p-53;  ///< the relative error of one addition

double sum_of_block(const double* w) {
    return ((w[0] + w[1]) + (w[2] + w[3])) + ((w[4] + w[5]) + (w[6] + w[7]));
}

}  // namespace

std::size_t crossing_in_order(std::span<const double> weights, double threshold) {
    double sum = 0.0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += weights[i];
        if (sum >= threshold) {
            return i;
        }
    }
    return weights.size();
}

std::size_t crossing(std::span<const double> weights, double threshold) {
    // Two orders differ by at most 2 * size * rounding; as much again covers `doubt` itself.
    const auto size = static_cast<double>(static_cast<std::int32_t>(weights.size()));
    const double doubt = std::abs(threshold) * (4.0 * rounding * (size + 8.0));
    const double surely_below = threshold - doubt;
    const double surely_reached = threshold + doubt;
    if (!std::isfinite(surely_reached)) {
        return crossing_in_order(weights, threshold);
    }
    double sum = 0.0;
    std::size_t i = 0;
    for (; i + block_size <= weights.size(); i += block_size) {
        const double after = sum + sum_of_block(&weights[i]);
        if (after >= surely_below) {
            break;
        }
        sum = after;
    }
    for (; i < weights.size(); ++i) {
        sum += weights[i];
        if (sum >= surely_below) {
            return sum >= surely_reached ? i : crossing_in_order(weights, threshold);
        }
    }
    return weights.size();
}

}  // namespace tided::policy::vpa
