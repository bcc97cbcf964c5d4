// Pass-through: the metric is the count.
#include "policy/pass_through.h"

#include <limits>

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;

TEST_CASE("pass-through: rounded up, held to what a count can be, whatever the pool is like") {
    const StrategyRig rig{PassThrough{}, 4};
    CHECK(rig.count(0.0) == 0);
    CHECK(rig.count(-3.5) == 0);
    CHECK(rig.count(7.0) == 7);
    CHECK(rig.count(7.0000001) == 8);
    CHECK(rig.count(1e300) == std::numeric_limits<std::int32_t>::max());
    CHECK(StrategyRig{PassThrough{}, 0}.count(3.0) == 3);
}

TEST_CASE("pass-through: ramps are followed through bounds and windows; a gap holds; in words") {
    PolicyRig rig{web_policy(), 4};
    rig.spec.metrics = {{.name = "planned", .rule = PassThrough{}}};
    rig.spec.max = {12};
    CHECK(rig.explain(rig.tick({7.2})) == "web: 4 -> 8 because planned is 7.2 (the count itself)");
    CHECK(rig.tick({40.0}).desired == Replicas{12});
    CHECK(rig.decide({Reading::absent(Absence::no_series)}).desired == Replicas{12});
    CHECK(rig.tick({3.0}, std::chrono::minutes{6}).desired == Replicas{12});
    CHECK(rig.tick({3.0}).desired == Replicas{3});
    CHECK(rig.tick({3.4}).desired == Replicas{4});
    CHECK(rig.tick({0.0}, std::chrono::minutes{6}).desired == Replicas{4});
    CHECK(rig.tick({0.0}).desired == Replicas{1});
}
