// combine: the largest proposal wins in any order, and who is unsure never lowers the number.
#include "policy/combine.h"

#include <algorithm>
#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "tests/support/policy_rig.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

/// Asks for as many metrics as there are readings, each at 100 each, with 4 replicas.
Combined combined(const std::vector<Reading>& readings, ReasonChain& reasons) {
    PolicySpec spec = web_policy();
    spec.metrics.assign(readings.size(), spec.metrics[0]);
    const Observed observed = all_ready(4);
    return combine(spec, {.observed = &observed, .readings = readings}, {}, reasons);
}

Reading fresh(double value) {
    return Reading::of(value, 0s, 30s);
}

const Reading missing = Reading::absent(Absence::source_failed);
const Reading stale = Reading::of(900.0, 31s, 30s);

}  // namespace

TEST_CASE("combine: in every order of the metrics the result is the same") {
    const std::array<std::vector<Reading>, 5> rows{{{fresh(100.0), fresh(700.0), fresh(300.0)},
                                                    {fresh(100.0), fresh(200.0), missing},
                                                    {fresh(700.0), missing, stale},
                                                    {missing, stale, missing},
                                                    {fresh(400.0), stale, fresh(0.0)}}};
    for (const std::vector<Reading>& row : rows) {
        std::array<std::size_t, 3> order{0, 1, 2};
        ReasonChain first_chain;
        const Combined first = combined(row, first_chain);
        do {
            ReasonChain chain;
            const Combined other = combined({row[order[0]], row[order[1]], row[order[2]]}, chain);
            CHECK(other.largest == first.largest);
            CHECK(other.permitted == first.permitted);
        } while (std::ranges::next_permutation(order).found);
    }
}

TEST_CASE("combine: unsure permits staying and rising, never falling") {
    ReasonChain reasons;
    CHECK_FALSE(combined({fresh(300.0), missing}, reasons).permitted);
    CHECK(combined({fresh(400.0), missing}, reasons).permitted);
    CHECK(combined({fresh(500.0), missing}, reasons).permitted);
    CHECK_FALSE(combined({missing}, reasons).permitted);
    CHECK_FALSE(combined({stale}, reasons).permitted);
    CHECK(combined({fresh(300.0)}, reasons).permitted);
}

TEST_CASE("combine: what some of the targets say may raise the number, not lower or hold it") {
    const auto partial = [](double value) {
        Reading reading = fresh(value);
        reading.freshness = Freshness::partial;
        return reading;
    };
    ReasonChain reasons;
    CHECK(combined({partial(700.0)}, reasons).largest == Replicas{7});
    CHECK(reasons.links()[0].code == ReasonCode::partial_proposes);
    CHECK(combined({partial(700.0), fresh(100.0)}, reasons).largest == Replicas{7});
    CHECK_FALSE(combined({partial(100.0)}, reasons).permitted);
    CHECK_FALSE(combined({partial(400.0)}, reasons).permitted);
    ReasonChain lower;
    CHECK_FALSE(combined({partial(100.0), fresh(300.0)}, lower).permitted);
    CHECK(lower.links()[0] == Reason{.code = ReasonCode::metric_partial,
                                     .metric = 0,
                                     .from = {4},
                                     .to = {4},
                                     .value = 100.0});
    CHECK(lower.links()[2].code == ReasonCode::unsure_no_scale_down);
}

TEST_CASE("combine: one link per metric and one for the verdict") {
    ReasonChain reasons;
    static_cast<void>(combined({fresh(300.0), stale, missing}, reasons));
    const std::vector<Reason> links{reasons.links().begin(), reasons.links().end()};
    CHECK(links ==
          std::vector<Reason>{
              {.code = ReasonCode::metric_proposes,
               .metric = 0,
               .from = {4},
               .to = {3},
               .value = 300.0},
              {.code = ReasonCode::metric_stale,
               .metric = 1,
               .from = {4},
               .to = {4},
               .value = 900.0,
               .duration = 31s},
              {.code = ReasonCode::metric_absent,
               .absence = Absence::source_failed,
               .metric = 2,
               .from = {4},
               .to = {4}},
              {.code = ReasonCode::unsure_no_scale_down, .metric = 1, .from = {4}, .to = {3}}});
}

TEST_CASE("combine: a metric for which no reading was handed in counts as never seen") {
    PolicySpec spec = web_policy();
    const Observed observed = all_ready(4);
    ReasonChain reasons;
    CHECK_FALSE(combine(spec, {.observed = &observed}, {}, reasons).permitted);
    CHECK(reasons.links()[0].absence == Absence::never_seen);
}
