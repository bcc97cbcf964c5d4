// Histogram: weights in buckets (recommender/util/histogram.go).
//
// [min, max] is the range of buckets that hold at least epsilon. Weight outside of it is kept but
// counts for nothing: it is neither scaled nor summed nor merged, and is there again when the range
// widens over it. The total is kept apart and need not be the sum of the buckets. All of this is
// upstream's; percentiles would differ otherwise.
//
// Only the buckets around those in use are stored, in one array, eight at a time: once the range of
// values has been seen, add() allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "policy/vpa/buckets.h"

namespace tided::policy::vpa {

/// All that a histogram holds, to be stored as it is.
struct HistogramState {
    std::uint16_t min = 0;
    std::uint16_t max = 0;
    std::uint16_t first = 0;  ///< the bucket of weights[0]
    double total = 0.0;
    std::vector<double> weights = {};

    friend bool operator==(const HistogramState&, const HistogramState&) = default;
};

class Histogram {
public:
    /// Empty: min is the last bucket and max the first. `buckets` must outlive the histogram.
    explicit Histogram(const Buckets& buckets);

    /// REQUIRES is_sound(state, buckets).
    Histogram(const Buckets& buckets, HistogramState state);

    /// REQUIRES weight >= 0, here and below.
    void add(double value, double weight);

    /// What sinks below epsilon becomes 0, the bucket and the total alike.
    void subtract(double value, double weight);

    void scale(double factor);

    /// REQUIRES the same buckets.
    void merge(const Histogram& other);

    /// The end of the bucket in which the running sum reaches p * total; 0 when empty. A p outside
    /// 0 .. 1 gives the first or the last bucket of the range.
    [[nodiscard]] double percentile(double p) const;

    [[nodiscard]] bool is_empty() const { return weight(min_) < buckets_->epsilon(); }
    [[nodiscard]] double total() const { return total_; }
    [[nodiscard]] std::size_t min() const { return min_; }
    [[nodiscard]] std::size_t max() const { return max_; }
    [[nodiscard]] double weight(std::size_t bucket) const;
    [[nodiscard]] const Buckets& buckets() const { return *buckets_; }
    [[nodiscard]] HistogramState state() const;

    /// Bytes on the heap.
    [[nodiscard]] std::size_t heap_bytes() const { return weights_.capacity() * sizeof(double); }

private:
    void store(std::size_t from, std::size_t to);
    [[nodiscard]] bool is_stored(std::size_t bucket) const {
        return bucket - first_ < weights_.size();
    }
    [[nodiscard]] std::span<double> in_range();
    void narrow();

    const Buckets* buckets_;
    std::vector<double> weights_;  ///< of the buckets from first_ on
    double total_ = 0.0;
    std::uint16_t first_ = 0;
    std::uint16_t min_;
    std::uint16_t max_ = 0;
};

/// Whether `state` can be a histogram's: bounds within the buckets, weights finite and >= 0.
[[nodiscard]] bool is_sound(const HistogramState& state, const Buckets& buckets);

}  // namespace tided::policy::vpa
