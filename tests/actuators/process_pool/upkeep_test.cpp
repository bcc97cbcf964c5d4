// What the pool does unasked: it ends what dead children left, and keeps up its copies in a dry
// run.
#include <doctest/doctest.h>

#include "actuators/process_pool/children.h"
#include "actuators/process_pool/process_pool.h"
#include "tests/actuators/process_pool/pool_rig.h"

using namespace tided;
using namespace tided::tests;

TEST_CASE("process pool: what a child left running is ended before another is started") {
    Rig rig;
    rig.host.children_fork = true;
    rig.run(1s);
    const std::string saved = rig.pool->checkpoint();
    rig.host.daemon_died();
    CHECK(rig.host.alive() == Labels{"web[0]+", "web[1]+"});
    const std::string pid = std::to_string(rig.host.last("web[1]+").id.pid);
    SUBCASE("it goes when asked") {
        rig.host.stopping_takes = 1s;
        rig.restart(saved);
        (void)rig.tend();
        CHECK(rig.notes().back() ==
              "web[1] is gone, but its process " + pid + " still runs; ending it");
        CHECK(rig.tend() == Children::longest_rest);
        CHECK(rig.host.alive() == Labels{"web[0]+", "web[1]+"});
        CHECK(rig.observe() == Observed{.replicas = {2}, .at = rig.now});
        rig.run(2s);
        CHECK(rig.host.alive() == Labels{"web[0]", "web[0]+", "web[1]", "web[1]+"});
        CHECK(rig.host.all().size() == 8);
    }
    SUBCASE("it is killed after the grace when it does not") {
        rig.host.ignored_signals = {Signal::terminate};
        rig.restart(saved);
        rig.run(3s);
        CHECK(rig.host.all().size() == 4);
        rig.run(2s);
        CHECK(rig.host.all().size() == 8);
        CHECK(rig.host.all()[1].signals == std::vector{Signal::terminate, Signal::kill});
        CHECK(rig.host.alive() == Labels{"web[0]", "web[0]+", "web[1]", "web[1]+"});
    }
    SUBCASE("it is looked for again when it cannot be watched") {
        const Error full{.code = ErrorCode::unavailable, .message = "too many open files"};
        rig.restart(saved);
        rig.host.adopt_errors = {full, full};
        (void)rig.tend();
        CHECK(rig.host.all().size() == 4);
        rig.run(3s);
        CHECK(rig.host.alive() == Labels{"web[0]", "web[0]+", "web[1]", "web[1]+"});
        CHECK(rig.host.all().size() == 8);
    }
    SUBCASE("it is killed when the daemon stops") {
        rig.host.ignored_signals = {Signal::terminate};
        rig.restart(saved);
        (void)rig.tend();
        await(rig.pool->close(Closing::for_now, rig.now, {}));
        CHECK(rig.host.alive().empty());
    }
    SUBCASE("also when it was not in the checkpoint") {
        rig.restart();
        rig.run(2s);
        CHECK(rig.host.alive() == Labels{"web[0]", "web[0]+", "web[1]", "web[1]+"});
    }
}

TEST_CASE("process pool: with keep, only what a child that ended left running is ended") {
    Rig rig{kept()};
    rig.host.children_fork = true;
    rig.run(1s);
    const std::string saved = rig.pool->checkpoint();
    rig.host.daemon_died();
    rig.host.end("web[1]", {.code = 1});
    const ProcessId first = rig.host.last("web[0]+").id;
    const ProcessId second = rig.host.last("web[1]+").id;
    rig.restart(saved);
    rig.run(2s);
    CHECK(rig.host.alive() == Labels{"web[0]", "web[0]+", "web[1]", "web[1]+"});
    CHECK(rig.host.last("web[0]+").id == first);
    CHECK(rig.host.last("web[0]+").signals.empty());
    CHECK(rig.host.last("web[1]+").id != second);
    SUBCASE("and so when an adopted one ends later") {
        rig.host.end("web[0]", {.code = 1});
        rig.run(3s);
        CHECK(rig.host.alive() == Labels{"web[0]", "web[0]+", "web[1]", "web[1]+"});
        CHECK(rig.host.last("web[0]+").id != first);
    }
}

TEST_CASE("process pool: strangers in sessions that are gone are not ended") {
    Rig rig;
    for (const char* mark : {"s2/web[0]", "s1/webs[0]", "s1/web[x]"}) {
        rig.host.add_stranger(mark, 40, 39);
    }
    rig.run(1s);
    CHECK(rig.host.alive().size() == 5);
    for (const auto& process : rig.host.all()) {
        CHECK(process.signals.empty());
    }
}

TEST_CASE("process pool: a dry run from the start starts nothing, whatever the initial number") {
    Rig rig;
    rig.is_dry = true;
    CHECK(rig.tend() == Children::longest_rest);
    rig.run(5s);
    CHECK(rig.host.all().empty());
    CHECK(rig.observe() == Observed{.replicas = {2}, .at = rig.now});
    rig.restart(rig.pool->checkpoint());
    rig.run(5s);
    CHECK(rig.host.all().empty());
    rig.is_dry = false;
    rig.run(1s);
    CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
}

TEST_CASE("process pool: a dry run keeps up what is there") {
    Rig rig;
    rig.run(3s);
    SUBCASE("a crashed child is started again and the end is seen") {
        rig.is_dry = true;
        rig.host.end("web[1]", {.code = 1});
        (void)rig.tend();
        CHECK(rig.observe() ==
              Observed{.replicas = {2}, .present = {1}, .ready = {1}, .at = rig.now});
        rig.run(2s);
        CHECK(rig.observe().ready == Replicas{2});
    }
    SUBCASE("a child being stopped is killed after its grace") {
        rig.host.ignored_signals = {Signal::terminate};
        CHECK(rig.apply(2, 1) == Outcome::done());
        (void)rig.tend();
        rig.is_dry = true;
        rig.run(5s);
        CHECK(rig.host.alive() == Labels{"web[0]"});
    }
    SUBCASE("what ran before a restart of the daemon runs after it") {
        CHECK(rig.apply(2, 3) == Outcome::done());
        rig.run(1s);
        await(rig.pool->close(Closing::for_now, rig.now, {}));
        CHECK(rig.host.alive().empty());
        rig.is_dry = true;
        rig.restart(rig.pool->checkpoint());
        rig.run(1s);
        CHECK(rig.host.alive() == Labels{"web[0]", "web[1]", "web[2]"});
    }
    SUBCASE("what was asked for and not yet begun waits") {
        CHECK(rig.apply(2, 4) == Outcome::done());
        rig.is_dry = true;
        rig.run(2s);
        CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
    }
}
