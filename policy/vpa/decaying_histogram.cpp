// Growth of weights with time: see the header for the formula.
#include "policy/vpa/decaying_histogram.h"

#include <algorithm>
#include <cmath>

namespace tided::policy::vpa {

namespace {

constexpr int most_half_lives = 100;

}  // namespace

double DecayingHistogram::growth_until(TimePoint at) {
    if (at > reference_ + most_half_lives * half_life_) {
        refer_to(at);
    }
    return std::exp2(periods(at - reference_, half_life_));
}

void DecayingHistogram::refer_to(TimePoint at) {
    constexpr double beyond_doubles = 4096.0;  // 2^-4096 is 0
    const TimePoint reference = rounded(at, half_life_);
    const double halvings = std::floor(periods(reference_ - reference, half_life_) + 0.5);
    weights_.scale(
        std::ldexp(1.0, static_cast<int>(std::clamp(halvings, -beyond_doubles, beyond_doubles))));
    reference_ = reference;
}

void DecayingHistogram::merge(DecayingHistogram& other) {
    if (reference_ < other.reference_) {
        refer_to(other.reference_);
    } else if (other.reference_ < reference_) {
        other.refer_to(reference_);
    }
    weights_.merge(other.weights_);
}

void DecayingHistogram::change_half_life(Duration half_life, TimePoint now) {
    if (half_life == half_life_) {
        return;
    }
    const double before = growth_until(now);
    half_life_ = half_life;
    reference_ = rounded(now, half_life);
    weights_.scale(std::exp2(periods(now - reference_, half_life)) / before);
}

}  // namespace tided::policy::vpa
