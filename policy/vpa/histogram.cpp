// Weights in buckets: see the header for what is kept outside the range.
#include "policy/vpa/histogram.h"

#include <algorithm>
#include <cmath>

#include "policy/vpa/crossing.h"

namespace tided::policy::vpa {

namespace {

constexpr std::size_t grain = 8;  ///< buckets stored at a time: a cache line

double without(double weight, double part, double epsilon) {
    return weight - part < epsilon ? 0.0 : weight - part;
}

}  // namespace

Histogram::Histogram(const Buckets& buckets)
    : buckets_(&buckets), min_(static_cast<std::uint16_t>(buckets.count() - 1)) {}

Histogram::Histogram(const Buckets& buckets, HistogramState state)
    : buckets_(&buckets),
      weights_(std::move(state.weights)),
      total_(state.total),
      first_(state.first),
      min_(state.min),
      max_(state.max) {}

HistogramState Histogram::state() const {
    return {.min = min_, .max = max_, .first = first_, .total = total_, .weights = weights_};
}

double Histogram::weight(std::size_t bucket) const {
    return is_stored(bucket) ? weights_[bucket - first_] : 0.0;
}

/// Makes room for the buckets from .. to, in whole grains and no more.
void Histogram::store(std::size_t from, std::size_t to) {
    const bool has_any = !weights_.empty();
    const std::size_t first = std::min<std::size_t>(from, has_any ? first_ : from) / grain * grain;
    const std::size_t last = std::max(to, has_any ? first_ + weights_.size() - 1 : to);
    const std::size_t size = (last / grain + 1) * grain - first;
    weights_.reserve(size);
    weights_.insert(weights_.begin(), has_any ? first_ - first : 0, 0.0);
    weights_.resize(size, 0.0);
    first_ = static_cast<std::uint16_t>(first);
}

void Histogram::add(double value, double weight) {
    const std::size_t bucket = buckets_->find(value);
    if (!is_stored(bucket)) {
        store(bucket, bucket);
    }
    double& held = weights_[bucket - first_];
    held += weight;
    total_ += weight;
    if (held >= buckets_->epsilon()) {
        min_ = std::min(min_, static_cast<std::uint16_t>(bucket));
        max_ = std::max(max_, static_cast<std::uint16_t>(bucket));
    }
}

void Histogram::subtract(double value, double weight) {
    const std::size_t bucket = buckets_->find(value);
    total_ = without(total_, weight, buckets_->epsilon());
    if (is_stored(bucket)) {
        double& held = weights_[bucket - first_];
        held = without(held, weight, buckets_->epsilon());
    }
    narrow();
}

/// Moves the ends of the range inwards over buckets that have become empty.
void Histogram::narrow() {
    while (min_ + 1U < buckets_->count() && weight(min_) < buckets_->epsilon()) {
        ++min_;
    }
    while (max_ > 0 && weight(max_) < buckets_->epsilon()) {
        --max_;
    }
}

/// The weights of the buckets min .. max; nothing when empty.
std::span<double> Histogram::in_range() {
    return min_ > max_ || weights_.empty()
               ? std::span<double>{}
               : std::span{weights_}.subspan(min_ - first_, max_ - min_ + 1U);
}

void Histogram::scale(double factor) {
    for (double& held : in_range()) {
        held *= factor;
    }
    total_ *= factor;
    narrow();
}

void Histogram::merge(const Histogram& other) {
    total_ += other.total_;
    if (other.min_ > other.max_) {
        return;
    }
    if (!is_stored(other.min_) || !is_stored(other.max_)) {
        store(other.min_, other.max_);
    }
    for (std::size_t bucket = other.min_; bucket <= other.max_; ++bucket) {
        weights_[bucket - first_] += other.weight(bucket);
    }
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
}

double Histogram::percentile(double p) const {
    if (is_empty()) {
        return 0.0;
    }
    const std::span<const double> before_last =
        std::span{weights_}.subspan(min_ - first_, max_ - min_);
    return buckets_->end(min_ + crossing(before_last, p * total_));
}

bool is_sound(const HistogramState& state, const Buckets& buckets) {
    const auto is_weight = [](double weight) { return std::isfinite(weight) && weight >= 0.0; };
    const bool has_range = state.min <= state.max;
    const auto last = state.first + state.weights.size();  // one past it
    return state.min < buckets.count() && state.max < buckets.count() && is_weight(state.total) &&
           (!has_range || (state.min >= state.first && state.max < last)) &&
           last < buckets.count() + grain && std::ranges::all_of(state.weights, is_weight);
}

}  // namespace tided::policy::vpa
