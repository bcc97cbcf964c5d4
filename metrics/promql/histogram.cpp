// Classic histograms: quantiles and shares out of cumulative buckets, one series per bucket with
// its upper bound in the label `le`.
//
//   within a bucket observations are taken as spread evenly; the lowest one starts at 0 when its
//   bound is above 0; a quantile in the highest one is the bound below it
//
// Source: prometheus.io/docs, "histogram_quantile()". Counts that fall (scrapes that race with
// observations) are raised to the one before; 3.x also evens out differences below 1e-12.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "metrics/number.h"
#include "metrics/promql/vector_functions.h"

namespace tided::metrics::promql {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

struct Bucket {
    double bound;
    double count;  ///< of all observations up to `bound`
};

using Buckets = std::vector<Bucket>;

struct Histogram {
    Buckets buckets;
    Origin origin;
};

using Histograms = std::map<Labels, Histogram>;  // by their labels without le, with the name

// Sorted by bounds, equal bounds added up.
Buckets tidied(Buckets buckets) {
    std::stable_sort(buckets.begin(), buckets.end(), [](const Bucket& a, const Bucket& b) {
        return a.bound < b.bound;
    });
    Buckets tidy;
    for (const Bucket& bucket : buckets) {
        if (!tidy.empty() && tidy.back().bound == bucket.bound) {
            tidy.back().count += bucket.count;
        } else {
            tidy.push_back(bucket);
        }
    }
    return tidy;
}

bool is_whole(const Buckets& tidy) {
    return tidy.back().bound == infinity;
}

// The difference of two counts is within what rounding makes of them.
bool are_alike(double a, double b) {
    static constexpr double tolerance = 1e-12;
    static constexpr double smallest = 2.2250738585072014e-308;
    if (std::isnan(a) || std::isnan(b)) {
        return std::isnan(a) && std::isnan(b);
    }
    const double sum = std::fabs(a) + std::fabs(b);
    const double difference = std::fabs(a - b);
    if (a == 0.0 || b == 0.0 || sum < smallest) {
        return difference < tolerance * smallest;
    }
    return difference / std::fmin(sum, std::numeric_limits<double>::max()) < tolerance;
}

void make_monotonic(Buckets& buckets, Dialect dialect) {
    double before = buckets.front().count;
    for (Bucket& bucket : buckets) {
        const bool is_noise = dialect == Dialect::prometheus_3 && are_alike(before, bucket.count);
        if (bucket.count < before || is_noise) {
            bucket.count = before;
        } else if (bucket.count > before) {
            before = bucket.count;
        }
    }
}

double quantile_of(double q, Buckets buckets, Dialect dialect) {
    if (std::isnan(q)) {
        return no_number;
    }
    if (q < 0.0 || q > 1.0) {
        return q < 0.0 ? -infinity : infinity;
    }
    buckets = tidied(std::move(buckets));
    if (!is_whole(buckets)) {
        return no_number;
    }
    make_monotonic(buckets, dialect);
    const double observations = buckets.back().count;
    if (buckets.size() < 2 || observations == 0.0) {
        return no_number;
    }
    const double rank = q * observations;
    const auto hit = std::find_if(
        buckets.begin(), buckets.end() - 1, [rank](const Bucket& b) { return b.count >= rank; });
    if (hit == buckets.end() - 1) {
        return std::prev(hit)->bound;
    }
    if (hit == buckets.begin()) {
        return hit->bound <= 0.0 ? hit->bound : hit->bound * (rank / hit->count);
    }
    const Bucket& below = *std::prev(hit);
    return below.bound +
           (hit->bound - below.bound) * ((rank - below.count) / (hit->count - below.count));
}

// How many observations lie at or below `value`.
double rank_of(double value, const Buckets& buckets) {
    double before = 0.0;
    double low = buckets.front().bound <= 0.0 ? -infinity : 0.0;
    for (const Bucket& bucket : buckets) {
        if (value <= low) {
            return before;
        }
        if (value < bucket.bound) {
            return low == -infinity
                       ? bucket.count
                       : before + (bucket.count - before) * (value - low) / (bucket.bound - low);
        }
        before = bucket.count;
        low = bucket.bound;
    }
    return before;
}

double fraction_of(double low, double high, Buckets buckets) {
    buckets = tidied(std::move(buckets));
    const double observations = buckets.back().count;
    if (!is_whole(buckets) || observations == 0.0 || std::isnan(low) || std::isnan(high)) {
        return no_number;
    }
    if (low >= high) {
        return 0.0;
    }
    const auto rank = [&](double value) {
        return std::fmin(rank_of(value, buckets), observations);
    };
    return (rank(high) - rank(low)) / observations;
}

// Series without a readable `le` are no buckets.
Histograms histograms_in(const Items& items, const Store& store) {
    Histograms histograms;
    for (const Item& item : items.list) {
        const auto bound = parse_number(label_of(item, store, "le"));
        if (!bound || std::isnan(*bound)) {
            continue;
        }
        Labels labels = labels_of(item, store);
        std::erase_if(labels, [](const Label& label) { return label.name == "le"; });
        const auto [at, is_new] = histograms.try_emplace(std::move(labels));
        at->second.buckets.push_back({.bound = *bound, .count = item.value});
        if (is_new) {
            at->second.origin = item.origin;
        } else {
            at->second.origin.merge(item.origin);
        }
    }
    return histograms;
}

Item item_of(Labels labels, const Histogram& histogram, double value) {
    return {.own = std::make_shared<const Labels>(std::move(labels)),
            .value = value,
            .origin = histogram.origin};
}

// As OpenMetrics writes a float: "0.5", "1.0".
std::string quantile_text(double q) {
    std::string text = format_number(q);
    const bool is_whole_number = text.find_first_of(".eIN") == std::string::npos;
    return is_whole_number ? text + ".0" : text;
}

}  // namespace

namespace whole {

Result<Operand> histogram_quantile(Invocation& f) {
    Items result;
    for (auto& [labels, histogram] : histograms_in(f.items(1), f.store)) {
        const double value = quantile_of(f.number(0), histogram.buckets, f.dialect);
        result.list.push_back(item_of(labels, histogram, value));
    }
    return Operand{std::move(result)};
}

Result<Operand> histogram_quantiles(Invocation& f) {
    const Histograms histograms = histograms_in(f.items(0), f.store);
    Items result;
    for (std::size_t i = 2; i < f.arguments.size(); ++i) {
        for (const auto& [labels, histogram] : histograms) {
            Labels own = labels;
            own.push_back({.name = f.text(1), .value = quantile_text(f.number(i))});
            const double value = quantile_of(f.number(i), histogram.buckets, f.dialect);
            result.list.push_back(item_of(normalised(std::move(own)), histogram, value));
        }
    }
    return Operand{std::move(result)};
}

Result<Operand> histogram_fraction(Invocation& f) {
    Items result;
    if (f.dialect == Dialect::prometheus_2) {  // there only native histograms have shares
        return Operand{std::move(result)};
    }
    for (const auto& [labels, histogram] : histograms_in(f.items(2), f.store)) {
        const double value = fraction_of(f.number(0), f.number(1), histogram.buckets);
        result.list.push_back(item_of(labels, histogram, value));
    }
    return Operand{std::move(result)};
}

}  // namespace whole
}  // namespace tided::metrics::promql
