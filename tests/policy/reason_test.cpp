// ReasonChain: fixed storage that says when something did not fit.
#include "policy/reason.h"

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;

TEST_CASE("reason chain: when full the last link gives way, and that is said for good") {
    ReasonChain chain;
    for (std::int32_t i = 0; i < 20; ++i) {
        chain.add({.to = {i}});
    }
    CHECK(chain.links().size() == ReasonChain::capacity);
    CHECK_FALSE(chain.overflowed());
    chain.add({.to = {20}});
    chain.add({.to = {21}});
    CHECK(chain.links().size() == ReasonChain::capacity);
    CHECK(chain.links()[18].to == Replicas{18});
    CHECK(chain.links()[19].to == Replicas{21});
    CHECK(chain.overflowed());
    chain.clear();
    CHECK(chain.links().empty());
    CHECK_FALSE(chain.overflowed());
    chain.leave_out();
    CHECK(chain.overflowed());
}
