// Rules: what the policy file says of strategies, formulas and activation, compiled.
#include <algorithm>
#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "daemon/config/load.h"

using namespace tided;
using namespace tided::config;
using namespace std::chrono_literals;

TEST_CASE("strategies: each rule with its parameters; names become places") {
    const Config config = load(TIDED_TEST_CONFIG "/good/strategies.toml", {}).config;
    const policy::PolicySpec& web = config.policies.at(0).spec;
    const auto rule = [&](std::size_t i) { return web.metrics.at(i).rule; };
    using policy::ChangeBy;
    CHECK(rule(0) == policy::Rule{policy::Threshold{.above = 80,
                                                    .add = {ChangeBy::replicas, 2},
                                                    .below = 20,
                                                    .remove = {ChangeBy::percent, -10},
                                                    .cooldown = 2min}});
    CHECK(rule(1) == policy::Rule{policy::Steps{
                         .bands = {{.to = 20, .change = {ChangeBy::replicas, -1}},
                                   {.from = 70, .to = 85, .change = {ChangeBy::replicas, 1}},
                                   {.from = 85, .change = {ChangeBy::percent, 50}}}}});
    CHECK(rule(2) == policy::Rule{policy::Backlog{.per_replica = 60}});
    CHECK(rule(3) == policy::Rule{policy::Backlog{
                         .drain_within = 5min, .rate_per_replica = 4, .rate = 4, .arrivals = 5}});
    CHECK(rule(4) == policy::Rule{policy::Input{}});
    CHECK(rule(6) == policy::Rule{policy::PassThrough{}});
    CHECK(rule(7) ==
          policy::Rule{policy::Latency{.objective = 0.25, .load = 5, .max_error = Ratio{0.15}}});
    CHECK(rule(8) == policy::Rule{policy::Latency{
                         .objective = 0.1, .load = 5, .curve = {{10, 0.02}, {50, 0.2}}}});
    CHECK(
        rule(11) ==
        policy::Rule{policy::Threshold{
            .above = 5, .add = {ChangeBy::exact, 8}, .below = 1, .remove = {ChangeBy::exact, 2}}});
    CHECK(web.computed == std::vector<std::uint8_t>{10, 9});
    CHECK(web.idle == Replicas{0});
    CHECK(web.metrics[2].activate_above == 5.0);
    CHECK(config.policies.at(0).metrics.at(9) == MetricSource{.query = {.max_age = 30s}});
}

TEST_CASE("capacity: where nobody else proposes, what is learned stands in for HPA's damping") {
    const Config config = load(TIDED_TEST_CONFIG "/good/capacity.toml", {}).config;
    const auto named = [&](std::string_view name) {
        return std::ranges::find(config.policies, name, [](const Policy& p) { return p.spec.name; })
            ->spec;
    };
    const policy::Behavior standard;
    const policy::PolicySpec web = named("web");
    CHECK(web.metrics[0].rule == policy::Rule{policy::Capacity{100}});
    CHECK(web.behavior.up.rates.empty());
    CHECK(web.behavior.down.rates == standard.down.rates);
    CHECK(web.behavior.down.stabilization == 0s);
    const policy::PolicySpec api = named("api");
    CHECK(api.metrics[0].rule == policy::Rule{policy::Capacity{0.25}});
    CHECK(api.behavior.up.rates.size() == 1);
    CHECK(api.behavior.down.stabilization == 2min);
    CHECK(named("jobs").behavior == standard);
    const Template& tenants = config.templates.at(0);
    const policy::PolicySpec& acme = tenants.overrides.at("acme").spec;
    CHECK(tenants.policy.spec.behavior.down.stabilization == 0s);
    CHECK(acme.metrics[0].rule == policy::Rule{policy::Capacity{40}});
    CHECK(acme.behavior.down.stabilization == 1min);
    CHECK(acme.behavior.up.rates.empty());
}
