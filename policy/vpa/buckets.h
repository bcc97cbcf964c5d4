// Buckets: where the buckets of a histogram begin, and which one a value falls into.
//
//   exponential   start(b) = first * (ratio^b - 1) / (ratio - 1)
//                 find(v)  = 0 below first, else trunc(ln(v*(ratio-1)/first + 1) / ln(ratio))
//   linear        start(b) = b * size          find(v) = trunc(v / size)
//
// The formulas are upstream's (recommender/util/histogram_options.go), rounding included. find()
// does not evaluate them: once per scheme the smallest double of each bucket is searched with the
// formula itself, and a double's leading bits (its octave and a 32nd of it) say where to look. A
// bucket of CPU or memory is wider than a 32nd of an octave, so that one comparison settles it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tided::policy::vpa {

class Buckets {
public:
    struct Exponential {
        double max = 0.0;      ///< > 0; the last bucket starts at or above it
        double first = 0.0;    ///< > 0, width of bucket 0
        double ratio = 1.05;   ///< > 1, width of a bucket to that of the one before
        double epsilon = 0.0;  ///< > 0, a bucket with less weight counts as empty
    };
    struct Linear {
        double max = 0.0;
        double size = 0.0;
        double epsilon = 0.0;
    };

    explicit Buckets(const Exponential& scheme);
    explicit Buckets(const Linear& scheme);

    [[nodiscard]] std::size_t count() const { return starts_.size(); }
    [[nodiscard]] double epsilon() const { return epsilon_; }
    [[nodiscard]] double start(std::size_t bucket) const { return starts_[bucket]; }

    /// Where `bucket` ends; the last one has no end and gives its start.
    [[nodiscard]] double end(std::size_t bucket) const {
        return starts_[bucket + 1 < starts_.size() ? bucket + 1 : bucket];
    }

    /// NaN and what is below the second bucket give 0, infinity the last.
    [[nodiscard]] std::size_t find(double value) const {
        if (!(value >= smallest_[1])) {
            return 0;
        }
        if (value >= largest_start_) {
            return starts_.size() - 1;
        }
        std::size_t bucket = guesses_[cell_of(value) - first_cell_];
        while (value >= smallest_[bucket + 1]) {
            ++bucket;
        }
        return bucket;
    }

private:
    template <typename Formula>
    void tabulate(const Formula& formula);

    static std::uint64_t cell_of(double value) {
        return std::bit_cast<std::uint64_t>(value) >> 47U;
    }

    double epsilon_ = 0.0;
    double largest_start_ = 0.0;  ///< smallest double of the last bucket
    std::uint64_t first_cell_ = 0;
    std::vector<double> starts_;
    std::vector<double> smallest_;  ///< of each bucket; NaN, which nothing reaches, after the last
    std::vector<std::uint16_t> guesses_;  ///< per cell: the bucket of its lowest value
};

/// 0.01 .. 1000 cores and 10^7 .. 10^12 bytes in steps of 5 %: 176 buckets each, epsilon 10^-4, a
/// thousandth of the weight of a CPU sample (recommender/model/aggregations_config.go).
[[nodiscard]] const Buckets& cpu_buckets();
[[nodiscard]] const Buckets& memory_buckets();

}  // namespace tided::policy::vpa
