// Crossing: the first bucket at which the running sum of weights reaches a threshold. This is the
// loop behind every percentile; its answer is that of adding one weight after the other, in
// doubles.
//
// Adding in order waits for each sum. crossing() adds the weights of a block of eight in a tree, so
// that blocks overlap, and looks closer only at the block it ends in. Another order rounds
// otherwise: either order is within n * 2^-53 of the true sum, relatively, if no weight is
// negative. So a sum farther from the threshold than twice that says on which side the ordered sum
// lies; one that is nearer says nothing, and then, rarely, the weights are added in order.
#pragma once

#include <cstddef>
#include <span>

namespace tided::policy::vpa {

/// The smallest i with weights[0] + ... + weights[i] >= threshold, or weights.size(). REQUIRES
/// weights finite and >= 0. A threshold of NaN is never reached.
[[nodiscard]] std::size_t crossing(std::span<const double> weights, double threshold);

/// The same, one weight after the other: the definition.
[[nodiscard]] std::size_t crossing_in_order(std::span<const double> weights, double threshold);

}  // namespace tided::policy::vpa
