// Shaping: when sizes are compared, on which demand, and what of it survives.
#include "daemon/shaping.h"

#include <limits>

#include <doctest/doctest.h>

#include "tests/daemon/sizing_rig.h"

using namespace tided;
using namespace tided::daemon;

namespace {

config::Vertical joint_rules() {
    config::Vertical with = rules();
    with.joint = config::Joint{.given = {.cpu = MilliCpu{1000}, .memory = Bytes{2LL << 30}}};
    policy::joint::Settings& settings = with.joint->settings;
    settings.grid.cpu = policy::joint::between(MilliCpu{250}, MilliCpu{4000});
    settings.grid.memory = policy::joint::between(Bytes{512LL << 20}, Bytes{8LL << 30});
    settings.learning = 1h;
    return with;
}

/// A look a minute at `replicas` instances that use so much each.
void use_all(SizingRig& rig, int replicas, double cores, double bytes, int minutes) {
    for (int i = 0; i < minutes; ++i) {
        for (int replica = 0; replica < replicas; ++replica) {
            rig.say("cpu_usage", "web-" + std::to_string(replica), cores);
            rig.say("memory_usage", "web-" + std::to_string(replica), bytes);
        }
        rig.look();
    }
}

}  // namespace

TEST_CASE("shaping: count and size together are compared once enough of the demand was seen") {
    SizingRig rig{joint_rules()};
    use_all(rig, 4, 0.1, 300 * mebi, 60);
    const std::optional<ShapeView>& shape = rig.sizing.view().shape;
    REQUIRE(shape);
    CHECK_FALSE(shape->ranking);
    CHECK(shape->text ==
          "4 x 1 CPU / 2Gi: no sizes are compared yet: 59m of demand was seen, and 1h are waited "
          "for");
    use_all(rig, 4, 0.1, 300 * mebi, 2);
    REQUIRE(shape->ranking);
    CHECK(shape->present == policy::joint::Shape{Replicas{4}, rig.given()});
    CHECK(shape->ranking->best.size.cpu < MilliCpu{1000});
    CHECK(shape->text ==
          "4 x 1 CPU / 2Gi -> 1 x 0.75 CPU / 512Mi because it is cheaper: 1 x 0.75 CPU / 512Mi at "
          "0.026 an hour; runner-up 1 x 0.75 CPU / 768Mi at 0.027: 0.001 dearer, with restarts");
}

TEST_CASE("shaping: who lacks an instance's usage does not know the demand") {
    SizingRig rig{joint_rules()};
    use_all(rig, 4, 0.1, 300 * mebi, 61);
    const auto seen = rig.sizing.memory().demand;
    rig.say("cpu_usage", "web-0", std::numeric_limits<double>::quiet_NaN());
    rig.say("cpu_usage", "web-1", 0.1);
    rig.look();
    CHECK(rig.sizing.memory().demand->seen == seen->seen);
    CHECK(rig.sizing.view().shape->ranking);
}

TEST_CASE("shaping: the demand that was seen survives a restart") {
    SizingRig before{joint_rules()};
    use_all(before, 4, 0.1, 300 * mebi, 61);
    const auto known = decode_usage(encode(before.sizing.memory()));
    REQUIRE(known);
    CHECK(known->demand == before.sizing.memory().demand);
    SizingRig after{joint_rules()};
    REQUIRE(after.sizing.resume(*known, before.now));
    CHECK(after.sizing.memory().demand == known->demand);
    after.sizing.rebase(-24h, before.now - 24h);
    CHECK(after.sizing.memory().demand->seen.slots[1].since ==
          known->demand->seen.slots[1].since - 24h);
}

TEST_CASE("shaping: what was stored before count and size were chosen together is read") {
    SizingRig rig;
    rig.use(0.5, 300 * mebi, 3);
    std::string blob = encode(rig.sizing.memory());
    blob.front() = 1;
    blob.pop_back();  // that there is no demand
    const auto known = decode_usage(blob);
    REQUIRE(known);
    CHECK(known->usage == rig.sizing.memory().usage);
}

TEST_CASE("shaping: an instance killed for want of memory asks for more of it at once") {
    SizingRig rig{joint_rules()};
    use_all(rig, 4, 0.1, 300 * mebi, 2);
    rig.say("oom_kills", "web-0", 0);
    use_all(rig, 4, 0.1, 300 * mebi, 1);
    rig.say("oom_kills", "web-0", 1);
    use_all(rig, 4, 0.1, 300 * mebi, 1);
    REQUIRE(rig.sizing.memory().demand->kill);
    CHECK(rig.sizing.memory().demand->kill->floor > rig.given().memory);
}

TEST_CASE("shaping: a provider's price of a replica is split into those of a core and a GiB") {
    const config::Joint rules = *joint_rules().joint;
    const auto present_price = [&](const config::Joint& joint, const CountRules& count) {
        Shaping shaping{joint, count};
        const Shaping::Usage usage{
            .replicas = Replicas{4}, .used = policy::joint::Cores{2.8}, .memory = Bytes{1 << 30}};
        ShapeView view;
        for (TimePoint now = monday; now <= monday + 2h; now += 1min) {
            view = shaping.look(usage, now);
        }
        return view.ranking.value().staying.price.hire.per_hour;
    };
    const CountRules count{.min = Replicas{1}, .max = Replicas{20}};
    CHECK(present_price(rules, count) == doctest::Approx(4 * (0.031611 + 2 * 0.004237)));
    CountRules priced = count;
    priced.price_per_hour = 0.5;
    CHECK(present_price(rules, priced) == doctest::Approx(4 * 0.5));
    config::Joint written = rules;
    written.is_priced = true;
    CHECK(present_price(written, priced) == doctest::Approx(4 * (0.031611 + 2 * 0.004237)));
}
