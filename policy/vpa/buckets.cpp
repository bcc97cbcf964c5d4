// The tables behind Buckets::find: see the header.
#include "policy/vpa/buckets.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "policy/vpa/power.h"

namespace tided::policy::vpa {

namespace {

/// A bucket number out of a formula: below the first is the first, beyond the last the last.
std::size_t bucket_of(double number, std::size_t count) {
    if (!(number > 0.0)) {
        return 0;
    }
    return number >= static_cast<double>(count) ? count - 1 : static_cast<std::size_t>(number);
}

/// The smallest non-negative double in `bucket` or a later one. Non-negative doubles are ordered as
/// their bits are, so that halving the range of bits finds it.
template <typename Formula>
double smallest_in(std::size_t bucket, const Formula& formula) {
    std::uint64_t outside = 0;
    std::uint64_t inside = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::infinity());
    while (outside + 1 < inside) {
        const std::uint64_t middle = outside + (inside - outside) / 2;
        (formula(std::bit_cast<double>(middle)) >= bucket ? inside : outside) = middle;
    }
    return std::bit_cast<double>(inside);
}

}  // namespace

template <typename Formula>
void Buckets::tabulate(const Formula& formula) {
    smallest_ = {0.0};
    for (std::size_t bucket = 1; bucket < count(); ++bucket) {
        smallest_.push_back(smallest_in(bucket, formula));
    }
    largest_start_ = smallest_.back();
    smallest_.push_back(std::numeric_limits<double>::quiet_NaN());
    first_cell_ = cell_of(count() > 1 ? smallest_[1] : 0.0);
    for (std::uint64_t cell = first_cell_; cell <= cell_of(largest_start_); ++cell) {
        const auto lowest = std::bit_cast<double>(cell << 47U);
        const auto above = std::upper_bound(smallest_.begin(), smallest_.end() - 1, lowest);
        guesses_.push_back(static_cast<std::uint16_t>(above - smallest_.begin() - 1));
    }
}

Buckets::Buckets(const Exponential& scheme) : epsilon_(scheme.epsilon) {
    const double growth = scheme.ratio - 1.0;
    const auto number = [&](double value) {
        return std::log(value * growth / scheme.first + 1.0) / std::log(scheme.ratio);
    };
    const auto count = static_cast<std::size_t>(std::ceil(number(scheme.max))) + 1;
    starts_ = {0.0};
    for (std::size_t bucket = 1; bucket < count; ++bucket) {
        starts_.push_back(scheme.first * (power(scheme.ratio, static_cast<int>(bucket)) - 1.0) /
                          growth);
    }
    tabulate(
        [&](double value) { return value < scheme.first ? 0 : bucket_of(number(value), count); });
}

Buckets::Buckets(const Linear& scheme) : epsilon_(scheme.epsilon) {
    const auto count = static_cast<std::size_t>(std::ceil(scheme.max / scheme.size)) + 1;
    for (std::size_t bucket = 0; bucket < count; ++bucket) {
        starts_.push_back(static_cast<double>(bucket) * scheme.size);
    }
    tabulate([&](double value) { return bucket_of(value / scheme.size, count); });
}

const Buckets& cpu_buckets() {
    static const Buckets buckets{
        Buckets::Exponential{.max = 1000.0, .first = 0.01, .ratio = 1.05, .epsilon = 0.001 * 0.1}};
    return buckets;
}

const Buckets& memory_buckets() {
    static const Buckets buckets{
        Buckets::Exponential{.max = 1e12, .first = 1e7, .ratio = 1.05, .epsilon = 0.001 * 0.1}};
    return buckets;
}

}  // namespace tided::policy::vpa
