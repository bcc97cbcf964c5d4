// Sizing: what becomes of elements, and what is recommended; a fake source says what is used.
#include "daemon/sizing.h"

#include <limits>

#include <doctest/doctest.h>

#include "daemon/size_words.h"
#include "daemon/state/usage_codec.h"
#include "tests/daemon/sizing_rig.h"

using namespace tided;
using namespace tided::daemon;
namespace vpa = tided::policy::vpa;
using metrics::Measured;

namespace {

using Rig = SizingRig;

}  // namespace

TEST_CASE("sizing: a day of a steady load is recommended with its margin") {
    Rig rig;
    rig.use(0.5, 300 * mebi, 1440);
    const ContainerSize& size = rig.size();
    CHECK(size.container == "app");
    CHECK(size.samples == 1440);
    // 500m lies in the bucket that ends at 511m; 511 + trunc(511 * 0.15).
    CHECK(size.target.cpu->count == 587);
    CHECK(size.target.memory->count > static_cast<std::int64_t>(300 * 1.15 * mebi));
    CHECK(size.lower.cpu <= size.target.cpu);
    CHECK(size.target.cpu < size.upper.cpu);
    CHECK(size.uncapped == size.target);
    CHECK(rig.sizing.view().trouble.empty());
}

TEST_CASE("sizing: nothing is said before anything is known, then why not") {
    Rig rig;
    CHECK(rig.sizing.view().containers.empty());
    rig.look();
    CHECK(rig.sizing.view().containers.empty());
    CHECK(rig.sizing.view().trouble == "cpu_usage: no series matches the expression");
    CHECK_FALSE(rig.sizing.is_unsaved());
}

TEST_CASE("sizing: what is no usage is refused: NaN, infinite, negative, old, said twice") {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    struct Row {
        const char* name;
        double value;
        Duration age;
        std::int64_t samples;
    };
    for (const Row& row : {Row{"fine", 0.1, 0min, 2},
                           Row{"zero", 0.0, 0min, 2},
                           Row{"a late one", 0.1, 50s, 2},
                           Row{"NaN", none, 0min, 1},
                           Row{"infinite", std::numeric_limits<double>::infinity(), 0min, 1},
                           Row{"negative", -0.1, 0min, 1},
                           Row{"the sample of before", 0.1, 1min, 1},
                           Row{"older than what is known", 0.1, 2min, 1},
                           Row{"stale", 0.1, 6min, 1}}) {
        INFO(row.name);
        Rig rig;
        rig.say("cpu_usage", "a", 0.1);
        rig.look();
        rig.say("cpu_usage", "a", row.value, row.age);
        rig.look();
        CHECK(rig.samples() == row.samples);
    }
    Rig rig;
    rig.say("cpu_usage", "a", 0.1, 6min);
    rig.look();
    CHECK(rig.samples() == 0);
    CHECK(rig.sizing.view().trouble ==
          "1 of the elements of cpu_usage are no amounts, or older than 5m");
}

TEST_CASE("sizing: instances share what is known of a container, containers do not") {
    Rig rig;
    rig.source.elements["cpu_usage"] = {
        {.labels = {{"container", "app"}, {"pod", "a"}}, .value = 0.1, .at = rig.now},
        {.labels = {{"container", "app"}, {"pod", "b"}}, .value = 0.1, .at = rig.now},
        {.labels = {{"instance", "host:1"}}, .value = 0.1, .at = rig.now}};
    rig.look();
    const auto& containers = rig.sizing.view().containers;
    REQUIRE(containers.size() == 2);
    CHECK(containers[0].container == "app");
    CHECK(containers[0].samples == 2);
    CHECK(containers[1].container == "web");  // without the label: as the policy
    CHECK(containers[1].samples == 1);
}

TEST_CASE("sizing: elements that nothing tells apart are told") {
    Rig rig;
    rig.source.elements["cpu_usage"] = {{.labels = {{"host", "a"}}, .value = 0.1, .at = rig.now},
                                        {.labels = {{"host", "b"}}, .value = 0.1, .at = rig.now}};
    rig.look();
    CHECK(rig.sizing.view().trouble ==
          "2 elements of cpu_usage lack the label that tells instances apart");
}

TEST_CASE("sizing: a counter of kills that rises raises memory; one that falls begins anew") {
    const auto peak_after = [](std::vector<double> counts, double request) {
        Rig rig;
        for (const double count : counts) {
            rig.say("cpu_usage", "a", 0.1);
            rig.say("memory_usage", "a", 300 * mebi);
            rig.say("oom_kills", "a", count);
            if (request > 0.0) {
                rig.say("memory_request", "a", request);
            }
            rig.look();
        }
        return rig.size().target.memory->count;
    };
    const std::int64_t at_rest = peak_after({3, 3, 3}, 0);
    CHECK(peak_after({3, 1, 1}, 0) == at_rest);
    const std::int64_t bumped = peak_after({3, 4}, 0);
    CHECK(bumped > at_rest + static_cast<std::int64_t>(90 * mebi));
    CHECK(peak_after({5, 1, 2}, 0) == bumped);
    CHECK(peak_after({3, 4}, 1000 * mebi) > 2 * bumped);
}

TEST_CASE("sizing: a kill is seen across a reload and a jump of the clock") {
    const auto say = [](Rig& rig, double kills) {
        rig.say("cpu_usage", "a", 0.1);
        rig.say("memory_usage", "a", 300 * mebi);
        rig.say("oom_kills", "a", kills);
        rig.look();
    };
    Rig before;
    say(before, 3);
    const std::int64_t at_rest = before.size().target.memory->count;
    Rig after;
    after.now = before.now;
    REQUIRE(after.sizing.succeed(before.sizing, after.now));
    say(after, 4);
    CHECK(after.size().target.memory->count > at_rest);
    before.now += 24h;
    before.sizing.rebase(24h, before.now);
    say(before, 4);
    CHECK(before.size().target.memory->count > at_rest);
}

TEST_CASE("sizing: CPU of a container that starts does not count, its memory does") {
    Rig rig;
    rig.say("start_time", "a", to_unix_seconds(rig.now - 30s));
    rig.say("cpu_usage", "a", 2.0);
    rig.say("memory_usage", "a", 300 * mebi);
    rig.look();
    CHECK(rig.samples() == 0);
    rig.now += 2min;
    rig.say("cpu_usage", "a", 0.1);
    rig.look();
    CHECK(rig.samples() == 1);
    CHECK(rig.size().target.memory->count > static_cast<std::int64_t>(300 * mebi));
}

TEST_CASE("sizing: workdays and rest days are told apart where the policy's clocks hang") {
    config::Vertical abroad = rules();
    abroad.zone = config::Zone{{{.since = {}, .offset = 9h}}};
    Rig rig{abroad};
    const auto workdays = [&] { return rig.sizing.memory().usage.entries[0].history[0].samples; };
    rig.now = monday + 4 * 24h + 14h;  // Friday, 23:00 there
    rig.use(0.1, 0, 1);
    CHECK(workdays() == 1);
    rig.now = monday + 4 * 24h + 15h;
    rig.use(0.1, 0, 1);
    CHECK(workdays() == 1);
    CHECK(rig.samples() == 2);
}

TEST_CASE("sizing: min and max hold, and the reasons say so") {
    config::Vertical bounded = rules();
    bounded.settings.containers = {{.container = "*",
                                    .min_allowed = {.memory = vpa::Amount{std::int64_t{1} << 30}},
                                    .max_allowed = {.cpu = vpa::Amount{400}}}};
    Rig rig{bounded};
    rig.use(0.5, 300 * mebi, 3);
    CHECK(rig.size().target.cpu == vpa::Amount{400});
    CHECK(rig.size().uncapped.cpu == vpa::Amount{587});
    CHECK(rig.size().reasons ==
          std::vector<std::string>{
              "cpu 587m is what covers 90% of its usage, and 15% more; held at max 400m",
              "memory 363Mi is what covers 90% of its usage, and 15% more; raised to min 1024Mi",
              "3 CPU samples since 2026-11-23T00:00:00Z, confidence 0.00139"});
    Rig idle;
    idle.use(0.0, 0.0, 1);
    CHECK(idle.size().reasons[0] == "cpu 25m is the least that a container gets");
}

TEST_CASE("sizing: an instance that has gone leaves what was learned, and the daemon its room") {
    Rig rig;
    rig.use(0.5, 300 * mebi, 2);
    CHECK(rig.sizing.memory().usage.instances.size() == 1);
    rig.now += 58min;
    rig.look();
    CHECK(rig.sizing.memory().usage.instances.size() == 1);
    rig.now += 2min;
    rig.look();
    CHECK(rig.sizing.memory().usage.instances.empty());
    CHECK(rig.samples() == 2);
}

TEST_CASE("sizing: a restart changes nothing, whatever is open: to the last bit") {
    Rig before;
    before.use(0.5, 300 * mebi, 30);
    CHECK(before.sizing.is_unsaved());
    const std::string blob = encode(before.sizing.memory());
    Rig after;
    const auto known = decode_usage(blob);
    REQUIRE(known);
    REQUIRE(after.sizing.resume(*known, before.now));
    CHECK(after.sizing.memory() == before.sizing.memory());
    CHECK(after.size().target == before.size().target);
    for (Rig* rig : {&before, &after}) {  // the open window goes on: one peak, not two
        rig->now = before.now;
        rig->say("memory_usage", "a", 900 * mebi);
        rig->sizing.look(rig->source, rig->questions, rig->now);
    }
    CHECK(after.sizing.memory() == before.sizing.memory());
}

TEST_CASE("sizing: what is stored of usage and cut anywhere is refused") {
    Rig rig;
    rig.use(0.5, 300 * mebi, 3);
    const std::string blob = encode(rig.sizing.memory());
    REQUIRE(decode_usage(blob));
    for (std::size_t size = 0; size < blob.size(); ++size) {
        CHECK_FALSE(decode_usage(blob.substr(0, size)));
    }
    CHECK_FALSE(decode_usage(blob + "x"));
}

TEST_CASE("sizing: other rules after a reload go on with what is known") {
    Rig rig;
    rig.use(0.5, 300 * mebi, 5);
    config::Vertical other = rules();
    other.settings.cpu.half_life = 1h;
    other.settings.margin = Ratio{0.0};
    Rig next{other};
    REQUIRE(next.sizing.succeed(rig.sizing, rig.now));
    CHECK(next.size().samples == 5);
    CHECK(next.size().target.cpu < rig.size().target.cpu);
}

TEST_CASE("sizing: a wall clock that is put back costs no sample") {
    Rig rig;
    rig.use(0.5, 300 * mebi, 3);
    rig.now -= 24h;
    rig.sizing.rebase(-24h, rig.now);
    CHECK(rig.sizing.is_due(rig.now));
    rig.look();  // nobody answers: whoever was seen a moment ago is still there
    CHECK(rig.sizing.memory().usage.instances.size() == 1);
    rig.use(0.5, 300 * mebi, 1);
    CHECK(rig.samples() == 4);
}
