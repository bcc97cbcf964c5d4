// The pool on a host that exists only in memory: steps, ends, restarts of the daemon.
#include "actuators/process_pool/process_pool.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/actuators/process_pool/pool_rig.h"

using namespace tided;
using namespace tided::tests;

TEST_CASE("process pool: starts its initial number, each with its own port, and probes it") {
    Rig rig;
    CHECK(rig.pool->identity() == "process_pool/web");
    CHECK(rig.observe() == Observed{.replicas = {2}, .at = rig.now});
    CHECK(rig.tend() == 0ms);
    (void)rig.tend();
    CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
    CHECK(rig.host.probed == Labels{"http://127.0.0.1:8081/ready", "http://127.0.0.1:8082/ready"});
    CHECK(rig.observe() == Observed{.replicas = {2}, .present = {2}, .ready = {2}, .at = rig.now});
    const auto& second = rig.host.last("web[1]");
    CHECK(second.what.command.argv == Labels{"/bin/worker", "8082"});
    CHECK(second.what.command.environment == std::vector<std::pair<std::string, std::string>>{
                                                 {"PATH", "/bin"}, {"TIDED_CHILD", "s1/web[1]"}});
    CHECK(second.what.command.directory == "/srv");
    CHECK(second.what.lifetime == Lifetime::with_daemon);
}

TEST_CASE("process pool: a step is a compare-and-swap, and doing it again does nothing") {
    Rig rig;
    rig.run(1s);
    CHECK(rig.apply(2, 4) == Outcome::done());
    CHECK(rig.observe().replicas == Replicas{4});
    CHECK(rig.host.alive().size() == 2);
    CHECK(rig.apply(2, 4) == Outcome::done());
    rig.run(1s);
    CHECK(rig.host.alive() == Labels{"web[0]", "web[1]", "web[2]", "web[3]"});
    CHECK(rig.apply(2, 3) ==
          Outcome::refused({.code = ErrorCode::conflict,
                            .message = "pool web is 4 large, not 2 as the step expects"}));
    CHECK(rig.apply(4, 60000) ==
          Outcome::refused({.code = ErrorCode::invalid_input,
                            .message = "pool web: 60000 copies from port 8081 on would need ports "
                                       "up to 68080, beyond 65535"}));
    CHECK(rig.apply(4, 1) == Outcome::done());
    rig.run(1s);
    CHECK(rig.host.alive() == Labels{"web[0]"});
}

TEST_CASE("process pool: who does not stop is killed after its grace") {
    Rig rig;
    rig.run(1s);
    rig.host.ignored_signals = {Signal::terminate};
    CHECK(rig.apply(2, 1) == Outcome::done());
    rig.run(3500ms);
    CHECK(rig.observe() == Observed{.replicas = {1}, .present = {2}, .ready = {1}, .at = rig.now});
    rig.run(1s);
    CHECK(rig.host.last("web[1]").signals == std::vector{Signal::terminate, Signal::kill});
    CHECK(rig.host.alive() == Labels{"web[0]"});
    CHECK(rig.observe().present == Replicas{1});
}

TEST_CASE("process pool: a crashed child is started again after its back-off") {
    Rig rig;
    rig.run(3s);
    (void)rig.notes();
    rig.host.end("web[1]", {.code = 1});
    (void)rig.tend();
    CHECK(rig.notes() == Labels{"web[1] exited with status 1 after 3s; restarting in 1s"});
    CHECK(rig.observe().ready == Replicas{1});
    rig.run(500ms);
    CHECK(rig.host.alive() == Labels{"web[0]"});
    rig.run(1s);
    CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
    CHECK(rig.observe().ready == Replicas{2});
}

TEST_CASE("process pool: a program that does not exist is trouble, in a dry run too") {
    Rig rig;
    CHECK(rig.pool->trouble().empty());
    const Error missing{.code = ErrorCode::not_found, .message = "no program /bin/worker"};
    rig.host.spawn_errors = {missing, missing, missing};
    (void)rig.tend();
    CHECK(rig.pool->trouble() ==
          "2 of 2 failing, last: web[1] cannot be started: no program "
          "/bin/worker, started again in 1s");
    CHECK(make_dry_run(*rig.pool)->trouble() == rig.pool->trouble());
    rig.run(1s);
    CHECK(rig.pool->restarts() == 2);
    CHECK(make_dry_run(*rig.pool)->restarts() == 2);
    rig.run(10s);
    CHECK(rig.pool->trouble().empty());
    CHECK(rig.pool->restarts() == 3);
}

TEST_CASE("process pool: one child that never answers holds nothing up") {
    Rig rig;
    rig.host.answer_probe = [](const std::string& url) -> Status {
        return url.find("8081") == std::string::npos
                   ? Status{}
                   : fail(ErrorCode::timed_out, "no answer within 2s");
    };
    rig.run(1s);
    CHECK(rig.observe().ready == Replicas{1});
    rig.run(30s);
    CHECK(rig.host.last("web[0]").signals.size() <= 1);
    const Labels notes = rig.notes();
    CHECK(std::count(notes.begin(),
                     notes.end(),
                     "web[0] was not ready within 30s (no answer within 2s); stopping it") == 1);
    CHECK(rig.observe().ready == Replicas{1});
}

TEST_CASE("process pool: the end of an unwatched child is not waited for in vain") {
    Rig rig;
    rig.run(1s);
    // Its end was told to somebody else: only the failing signal shows that it is gone.
    rig.host.end("web[1]", {.code = 1});
    CHECK(rig.host.ended(rig.host.last("web[1]").id) == Exit{.code = 1});
    CHECK(rig.apply(2, 1) == Outcome::done());
    rig.run(1s);
    CHECK(rig.observe() == Observed{.replicas = {1}, .present = {1}, .ready = {1}, .at = rig.now});
}

TEST_CASE("process pool: closing stops all, kills late ones and keeps the number") {
    Rig rig;
    rig.run(1s);
    CHECK(rig.apply(2, 3) == Outcome::done());
    rig.run(1s);
    rig.host.ignored_signals = {Signal::terminate};
    await(rig.pool->close(Closing::for_now, rig.now, {}));
    CHECK(rig.host.alive().empty());
    CHECK(rig.host.waits ==
          Labels{"web[0] 4s", "web[0] 1s", "web[1] 0s", "web[1] 1s", "web[2] 0s", "web[2] 1s"});
    rig.restart(rig.pool->checkpoint());
    rig.run(1s);
    CHECK(rig.host.alive() == Labels{"web[0]", "web[1]", "web[2]"});
}

TEST_CASE("process pool: without keep a restart comes back to the number it had") {
    Rig rig;
    rig.run(1s);
    CHECK(rig.apply(2, 5) == Outcome::done());
    rig.run(1s);
    const std::string saved = rig.pool->checkpoint();
    rig.host.daemon_died();
    CHECK(rig.host.alive().empty());
    rig.restart(saved);
    CHECK(rig.observe() == Observed{.replicas = {5}, .at = rig.now});
    rig.run(1s);
    CHECK(rig.host.alive().size() == 5);
    CHECK(rig.observe().ready == Replicas{5});
}

TEST_CASE("process pool: with keep, children survive and are adopted without a signal") {
    Rig rig{kept()};
    rig.run(1s);
    CHECK(rig.host.last("web[1]").what.command.environment.back() ==
          std::pair<std::string, std::string>{"TIDED_CHILD", "s1/web[1]"});
    const ProcessId first = rig.host.last("web[0]").id;
    const std::string saved = rig.pool->checkpoint();
    await(rig.pool->close(Closing::for_now, rig.now, {}));
    rig.host.daemon_died();
    CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
    rig.host.end("web[1]", {.code = 1});
    rig.restart(saved);
    CHECK(rig.notes() ==
          Labels{"web[0] still runs as process " + std::to_string(first.pid) + ": adopted, ready"});
    CHECK(rig.observe() == Observed{.replicas = {2}, .present = {1}, .ready = {1}, .at = rig.now});
    rig.run(1s);
    CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
    CHECK(rig.host.last("web[0]").id == first);
    CHECK(rig.host.last("web[0]").signals.empty());
    rig.pass(2s);
    rig.host.end("web[0]", {.code = 3});
    (void)rig.tend();
    CHECK(rig.notes().back() == "web[0] ended after 3s; restarting in 1s");
}

TEST_CASE("process pool: a child no checkpoint names is found by its mark") {
    Rig rig{kept()};
    rig.run(1s);
    const std::string saved = rig.pool->checkpoint();
    CHECK(rig.apply(2, 4) == Outcome::done());
    rig.run(1s);
    const ProcessId third = rig.host.last("web[2]").id;
    rig.host.daemon_died();
    SUBCASE("and stopped when it is one too many") {
        rig.restart(saved);
        rig.run(1s);
        CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
    }
    SUBCASE("and adopted when it is wanted") {
        rig.restart(saved);
        CHECK(rig.apply(2, 3) == Outcome::done());
        rig.run(1s);
        CHECK(rig.host.alive() == Labels{"web[0]", "web[1]", "web[2]"});
        CHECK(rig.host.last("web[2]").id == third);
    }
    SUBCASE("even when there is no checkpoint at all") {
        rig.restart();
        rig.run(1s);
        CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
        CHECK(rig.host.all().size() == 4);
    }
}

TEST_CASE("process pool: marks of others are not its own") {
    Rig rig{kept()};
    for (const char* mark : {"s2/web[0]",
                             "s1/web[tenant=a][0]",
                             "s1/web[1",
                             "s1/web[-1]",
                             "s1/web[]",
                             "s1/web[99999999999]",
                             "s1/webs[0]"}) {
        rig.host.add_stranger(mark, 40);
    }
    rig.run(1s);
    CHECK(rig.observe() == Observed{.replicas = {2}, .present = {2}, .ready = {2}, .at = rig.now});
    CHECK(rig.host.alive().size() == 9);
    for (const auto& process : rig.host.all()) {
        CHECK(process.signals.empty());
    }
}

TEST_CASE("process pool: a helper with its child's mark is left alone") {
    Rig rig{kept()};
    rig.run(1s);
    rig.host.add_stranger("s1/web[0]", 40);
    const std::string saved = rig.pool->checkpoint();
    rig.host.daemon_died();
    rig.restart(saved);
    rig.run(2s);
    CHECK(rig.host.alive() == Labels{"stranger", "web[0]", "web[1]"});
    CHECK(rig.observe().present == Replicas{2});
}

TEST_CASE("process pool: what lives but cannot be watched is not doubled") {
    Rig rig{kept()};
    rig.run(1s);
    const std::string saved = rig.pool->checkpoint();
    rig.host.daemon_died();
    const Error full{.code = ErrorCode::unavailable, .message = "too many open files"};
    rig.host.adopt_errors = {full, full, full, full};
    rig.restart(saved);
    CHECK(rig.notes() == Labels{"web[0] still runs but cannot be watched: too many open files; "
                                "trying again in 1s",
                                "web[1] still runs but cannot be watched: too many open files; "
                                "trying again in 1s"});
    CHECK(rig.pool->checkpoint() == saved);
    rig.run(5s);
    CHECK(rig.host.all().size() == 2);
    CHECK(rig.observe() == Observed{.replicas = {2}, .present = {2}, .ready = {2}, .at = rig.now});
}

TEST_CASE("process pool: keep taken away: children of the earlier run are replaced") {
    Rig rig{kept()};
    rig.run(1s);
    const std::string saved = rig.pool->checkpoint();
    rig.host.daemon_died();
    rig.spec.keep = false;
    rig.host.stopping_takes = 1s;
    rig.restart(saved);
    (void)rig.tend();
    CHECK(rig.host.all().size() == 2);
    rig.run(3s);
    CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
    CHECK(rig.host.all().size() == 4);
    CHECK(rig.host.last("web[0]").what.lifetime == Lifetime::with_daemon);
}

TEST_CASE("process pool: a checkpoint that cannot be read is told, and the pool starts anew") {
    Rig rig{kept()};
    const Status restored = rig.pool->restore("{", Origin::earlier_run, rig.now);
    REQUIRE_FALSE(restored.has_value());
    CHECK(restored.error() ==
          Error{.code = ErrorCode::corrupt,
                .message = "pool web: the saved state of the pool cannot be read: it is not a JSON "
                           "object"});
    rig.run(1s);
    CHECK(rig.host.alive() == Labels{"web[0]", "web[1]"});
}
