// Guards, limits, money and profiles: from the policy file to the rules of the core.
#include <doctest/doctest.h>

#include "daemon/config/fingerprint.h"
#include "daemon/config/load.h"

using namespace tided;
using namespace tided::config;
using namespace std::chrono_literals;

namespace {

const Loaded& guards_file() {
    static const Loaded loaded = load(std::string{TIDED_TEST_CONFIG} + "/good/guards.toml", {});
    REQUIRE(loaded.ok());
    return loaded;
}

const Policy& policy_called(std::string_view name) {
    for (const Policy& policy : guards_file().config.policies) {
        if (policy.spec.name == name) {
            return policy;
        }
    }
    throw std::logic_error{"no such policy"};
}

std::uint64_t fingerprint_of(std::string_view text) {
    return fingerprint(parse(0, text).root);
}

}  // namespace

TEST_CASE("guards: every key arrives") {
    const policy::GuardRules& guards = policy_called("web").spec.guards;
    CHECK(guards.steps_per_hour == 20);
    CHECK(guards.approval ==
          policy::ApprovalRule{.above = Replicas{10}, .above_share = Ratio{0.5}});
    CHECK(guards.flapping == policy::FlappingRule{.turns = 6, .within = 20min, .longest = 40min});
    CHECK(guards.undo ==
          policy::UndoRule{.metric = 0, .worse_by = Ratio{0.3}, .within = 3min, .hold = 1h});
    CHECK(policy_called("web").priority == 10);
    CHECK(policy_called("web").spec.behavior.up.cooldown == 1min);
}

TEST_CASE("fallback: what a silent metric asks for arrives") {
    CHECK(policy_called("web").spec.metrics[0].fallback ==
          policy::Fallback{.replicas = {12}, .after = 5min});
    CHECK(policy_called("api").spec.metrics[0].fallback == std::nullopt);
}

TEST_CASE("money: a bound on cost lowers max to what it pays for, two units a replica") {
    const policy::PolicySpec& web = policy_called("web").spec;
    CHECK(web.max == Replicas{25});  // 4 EUR / (2 * 0.08 EUR)
    CHECK(web.max_is_paid_for);
    CHECK_FALSE(policy_called("api").spec.max_is_paid_for);
    CHECK(guards_file().config.pools[0].price_per_hour == doctest::Approx(0.16));
}

TEST_CASE("limits: what all policies may do arrives") {
    const policy::FleetRules& limits = guards_file().config.daemon.limits;
    CHECK(limits == policy::FleetRules{.steps_per_minute = 30,
                                       .removed_share = Ratio{0.2},
                                       .removed_within = 10min,
                                       .cost_per_hour = 100.0});
}

TEST_CASE("profile: Kubernetes' rules, its tolerance as a quantity, no damping of its turns") {
    const policy::PolicySpec& api = policy_called("api").spec;
    CHECK(api.profile == policy::Profile::kubernetes_1_28);
    CHECK_FALSE(api.kubernetes.has_behavior);
    CHECK(api.kubernetes.downscale_stabilization == 10min);
    CHECK(api.guards.flapping.turns == 0);
    CHECK(api.metrics[0].type == policy::MetricType::object);
}

TEST_CASE("fingerprint: the same for the same words, however they are laid out") {
    const auto one = fingerprint_of("a = 1\nb = { c = \"x\", d = [1, 2] }\n");
    CHECK(one == fingerprint_of("b.d = [ 1,\n 2 ]\nb.c = \"x\"\n\na = 1 # what it is\n"));
    CHECK(one != fingerprint_of("a = 2\nb = { c = \"x\", d = [1, 2] }\n"));
    CHECK(one != fingerprint_of("a = 1\nb = { c = \"x\", d = [2, 1] }\n"));
    CHECK(one != fingerprint_of("c = 1\nb = { c = \"x\", d = [1, 2] }\n"));
    CHECK(one != fingerprint_of("a = 1.0\nb = { c = \"x\", d = [1, 2] }\n"));
}
