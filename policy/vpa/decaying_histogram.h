// DecayingHistogram: a sample's weight halves every half-life (recommender/util/
// decaying_histogram.go).
//
//   weight of a sample at t = its weight * 2^((t - reference) / half-life)
//
// Only the ratio of weights matters, so nothing is ever scaled down as time passes: newer samples
// come in heavier. Once that would exceed 2^100, the reference moves to the multiple of the
// half-life, counted from year 1, nearest to the newest sample, and all weights are scaled once.
// A fresh histogram refers to year 1: its first sample always moves the reference.
#pragma once

#include "policy/vocab/time.h"
#include "policy/vpa/histogram.h"
#include "policy/vpa/moment.h"

namespace tided::policy::vpa {

class DecayingHistogram {
public:
    /// REQUIRES half_life > 0.
    DecayingHistogram(const Buckets& buckets, Duration half_life)
        : weights_(buckets), half_life_(half_life) {}
    DecayingHistogram(Histogram weights, Duration half_life, TimePoint reference)
        : weights_(std::move(weights)), half_life_(half_life), reference_(reference) {}

    /// REQUIRES weight >= 0, here and below.
    void add(double value, double weight, TimePoint at) {
        const double factor = growth_until(at);
        weights_.add(value, weight * factor);
    }
    void subtract(double value, double weight, TimePoint at) {
        const double factor = growth_until(at);
        weights_.subtract(value, weight * factor);
    }

    /// Takes over the weights of `other`. Whichever of the two refers to the earlier instant is
    /// brought to the other's, `other` itself included. REQUIRES the same buckets and half-life.
    void merge(DecayingHistogram& other);

    /// From now on weights halve every `half_life` > 0. Weights keep the ratios they have at `now`,
    /// and a sample that comes in now weighs as much as one that came in now before.
    void change_half_life(Duration half_life, TimePoint now);

    [[nodiscard]] double percentile(double p) const { return weights_.percentile(p); }
    [[nodiscard]] bool is_empty() const { return weights_.is_empty(); }
    [[nodiscard]] const Histogram& weights() const { return weights_; }
    [[nodiscard]] Duration half_life() const { return half_life_; }
    [[nodiscard]] TimePoint reference() const { return reference_; }

private:
    double growth_until(TimePoint at);
    void refer_to(TimePoint at);

    Histogram weights_;
    Duration half_life_;
    TimePoint reference_ = never;
};

}  // namespace tided::policy::vpa
