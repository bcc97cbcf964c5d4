// Crossing: never another answer than that of adding one weight after the other. The generated
// weights are those that tempt it: equal ones, whose sums hit the threshold exactly, zeros, and
// weights that are 2^60 apart.
#include "policy/vpa/crossing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace tided::policy::vpa;

#ifdef NDEBUG
constexpr int many = 1'000'000;
#else
constexpr int many = 20'000;
#endif

class Generator {
public:
    std::vector<double> weights() {
        std::vector<double> weights(below(177));
        const std::size_t kind = below(4);
        const double equal = 0.1 * std::exp2(static_cast<double>(below(100)));
        for (double& weight : weights) {
            weight = kind == 0   ? equal
                     : kind == 1 ? equal * static_cast<double>(below(3))
                     : kind == 2 ? std::exp2(static_cast<double>(below(60)))
                                 : fraction();
        }
        return weights;
    }

    double fraction() { return static_cast<double>(random_() >> 11U) * 0x1p-53; }
    std::size_t below(std::size_t end) { return (random_() >> 32U) % end; }

private:
    std::mt19937_64 random_{7};
};

double sum_of(const std::vector<double>& weights) {
    double sum = 0.0;
    for (const double weight : weights) {
        sum += weight;
    }
    return sum;
}

TEST_CASE("crossing: generated weights, thresholds on sums and about them") {
    Generator generator;
    std::size_t wrong = 0;
    for (int i = 0; i < many; ++i) {
        const std::vector<double> weights = generator.weights();
        const std::size_t part = generator.below(weights.size() + 1);
        const double on_a_sum =
            sum_of({weights.begin(), weights.begin() + static_cast<long>(part)});
        for (const double threshold :
             {on_a_sum, std::nextafter(on_a_sum, 1e300), generator.fraction() * sum_of(weights)}) {
            wrong +=
                crossing(weights, threshold) == crossing_in_order(weights, threshold) ? 0U : 1U;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("crossing: thresholds that are no sums") {
    const std::vector<double> weights(20, 0.1);
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(crossing(weights, -1.0) == 0);
    CHECK(crossing(weights, 0.0) == 0);
    CHECK(crossing(weights, 1e9) == 20);
    CHECK(crossing(weights, infinity) == 20);
    CHECK(crossing(weights, -infinity) == 0);
    CHECK(crossing(weights, std::numeric_limits<double>::quiet_NaN()) == 20);
    CHECK(crossing({}, 1.0) == 0);
}

TEST_CASE("crossing: ten times 0.1 is less than 1, for it is added in order") {
    const std::vector<double> weights(16, 0.1);
    CHECK(crossing_in_order(weights, 1.0) == 10);
    CHECK(crossing(weights, 1.0) == 10);
    CHECK(crossing(weights, 0.3) == 2);
}

}  // namespace
