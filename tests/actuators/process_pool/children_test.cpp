// The state machine alone, in virtual time: every action it asks for, every note it leaves.
#include "actuators/process_pool/children.h"

#include <doctest/doctest.h>

#include "actuators/process_pool/template.h"

using namespace tided;
using namespace tided::actuators;
using namespace std::chrono_literals;

namespace {

const ProcessPoolSpec web{.name = "web",
                          .command = {"/bin/worker"},
                          .environment = {},
                          .directory = {},
                          .probe = "tcp://127.0.0.1:1",
                          .start_timeout = 3s,
                          .stop_grace = 2s,
                          .restart_delay = 1s,
                          .restart_delay_max = 8s,
                          .initial = Replicas{2}};

ProcessId process(std::int32_t pid) {
    return {.pid = pid, .start_ticks = 1, .boot = "b"};
}

Action spawn(std::int32_t index) {
    return {.kind = Action::Kind::spawn, .index = index};
}
Action signal(std::int32_t index, Signal what) {
    return {
        .kind = Action::Kind::signal, .index = index, .signal = what, .id = process(10 + index)};
}
Action probe(std::int32_t index) {
    return {.kind = Action::Kind::probe, .index = index, .id = process(10 + index)};
}

/// The machine with a clock beside it.
struct Rig {
    explicit Rig(const ProcessPoolSpec& spec = web) : children(spec) { children.advance(now); }

    void pass(Duration time) {
        now += time;
        children.advance(now);
    }
    void start_all() {
        for (const Action& action : children.due()) {
            if (action.kind == Action::Kind::spawn) {
                children.spawned(action.index, process(10 + action.index));
            }
        }
    }
    void answer(std::int32_t index) { children.answered(index, process(10 + index), {}); }
    std::vector<std::string> notes() {
        std::vector<std::string> texts;
        for (const Note& note : children.take_notes()) {
            texts.push_back(note.text);
        }
        return texts;
    }

    TimePoint now{1000s};
    Children children;
};

using Notes = std::vector<std::string>;
using Actions = std::vector<Action>;

}  // namespace

TEST_CASE("children: start, answer the probe, are ready") {
    Rig rig;
    CHECK(rig.children.wants_spawn());
    CHECK(rig.children.next() == 0ms);
    CHECK(rig.children.due() == Actions{spawn(0), spawn(1)});
    rig.children.spawned(0, process(10));
    rig.children.spawned(1, process(11));
    CHECK(rig.children.present() == Replicas{2});
    CHECK(rig.children.ready() == Replicas{0});
    CHECK(rig.children.due() == Actions{probe(0), probe(1)});
    CHECK(rig.children.due().empty());
    CHECK(rig.children.next() == Children::probe_pause);

    rig.children.answered(0, process(10), fail(ErrorCode::unavailable, "connection refused"));
    rig.pass(1200ms);
    rig.answer(1);
    CHECK(rig.children.ready() == Replicas{1});
    CHECK(rig.children.due() == Actions{probe(0)});
    rig.answer(0);
    CHECK(rig.children.ready() == Replicas{2});
    CHECK(rig.children.next() == Children::longest_rest);
    CHECK(rig.notes() == Notes{"web[0] started as process 10",
                               "web[1] started as process 11",
                               "web[1] is ready after 1s",
                               "web[0] is ready after 1s"});
}

TEST_CASE("children: without a probe, started is ready") {
    ProcessPoolSpec spec = web;
    spec.probe.clear();
    Rig rig{spec};
    rig.start_all();
    CHECK(rig.children.ready() == Replicas{2});
    CHECK(rig.children.due().empty());
}

TEST_CASE("children: a crash restarts after a back-off that doubles, up to its cap") {
    Rig rig;
    rig.start_all();
    rig.answer(1);
    (void)rig.notes();
    for (const Duration wait : {1s, 2s, 4s, 8s, 8s}) {
        rig.pass(3s);
        rig.answer(0);
        rig.children.ended(0, Exit{.code = 1});
        CHECK(rig.notes().back() ==
              "web[0] exited with status 1 after 3s; restarting in " + to_string(wait));
        CHECK_FALSE(rig.children.wants_spawn());
        rig.pass(std::min<Duration>(wait, 5s) - 1ms);
        rig.pass(wait > 5s ? wait - 5s : 0s);
        CHECK(rig.children.due().empty());
        CHECK(rig.children.next() == 1ms);
        rig.pass(1ms);
        CHECK(rig.children.due() == Actions{spawn(0)});
        rig.children.spawned(0, process(10));
    }
}

TEST_CASE("children: one that stayed ready for long is forgiven its crashes") {
    Rig rig;
    rig.start_all();
    rig.children.ended(0, Exit{.signal = 11});
    CHECK(rig.notes().back() ==
          "web[0] was killed by signal 11 (SIGSEGV) after 0s; restarting in 1s");
    rig.pass(1s);
    rig.start_all();
    rig.answer(0);
    rig.pass(4s);
    rig.pass(4s);
    rig.children.ended(0, Exit{});
    CHECK(rig.notes().back() == "web[0] exited with status 0 after 8s; restarting in 1s");
}

TEST_CASE("children: what cannot be started is tried again with the same back-off") {
    Rig rig;
    CHECK(rig.children.due().size() == 2);
    rig.children.spawned(1, process(11));
    rig.children.spawn_failed(0, {.code = ErrorCode::not_found, .message = "no /bin/worker"});
    rig.pass(1s);
    CHECK(rig.children.due().front() == spawn(0));
    rig.children.spawn_failed(0, {.code = ErrorCode::not_found, .message = "no /bin/worker"});
    CHECK(rig.notes() == Notes{"web[1] started as process 11",
                               "web[0] cannot be started: no /bin/worker; trying again in 1s",
                               "web[0] cannot be started: no /bin/worker; trying again in 2s"});
    CHECK(rig.children.present() == Replicas{1});
}

TEST_CASE("children: one that is not ready in time is stopped and started again") {
    Rig rig;
    rig.start_all();
    rig.answer(1);
    rig.children.answered(0, process(10), fail(ErrorCode::unavailable, "connection refused"));
    (void)rig.notes();
    rig.pass(2999ms);
    CHECK(rig.children.due() == Actions{probe(0)});
    rig.pass(1ms);
    CHECK(rig.children.due() == Actions{signal(0, Signal::terminate)});
    rig.pass(1s);
    rig.children.ended(0, Exit{.signal = 15});
    CHECK(rig.notes() ==
          Notes{"web[0] was not ready within 3s (connection refused); stopping it",
                "web[0] was killed by signal 15 (SIGTERM) after 4s; restarting in 1s"});
    rig.pass(1s);
    CHECK(rig.children.due() == Actions{spawn(0)});
}

TEST_CASE("children: trouble says how many fail, how the last did and when it starts again") {
    ProcessPoolSpec spec = web;
    spec.probe.clear();
    Rig rig{spec};
    rig.children.want(Replicas{3});
    rig.start_all();
    CHECK(rig.children.trouble().empty());
    rig.pass(12ms);
    rig.children.ended(1, {.code = 3});
    CHECK(rig.children.trouble() ==
          "1 of 3 failing, last: web[1] exited with status 3 after 12ms, started again in 1s");
    CHECK(rig.children.restarts() == 0);
    rig.pass(500ms);
    rig.children.ended(2, {.signal = 9});
    CHECK(rig.children.trouble() ==
          "2 of 3 failing, last: web[2] was killed by signal 9 (SIGKILL) "
          "after 512ms, started again in 1s");
    rig.pass(500ms);
    CHECK(rig.children.due() == Actions{spawn(1)});
    rig.children.spawn_failed(1, {.code = ErrorCode::not_found, .message = "no program /x"});
    CHECK(rig.children.trouble() ==
          "2 of 3 failing, last: web[1] cannot be started: no program /x, started again in 2s");
    CHECK(rig.children.restarts() == 1);
    SUBCASE("what is wanted no more is no trouble") {
        rig.children.want(Replicas{1});
        CHECK(rig.children.trouble().empty());
    }
    SUBCASE("nor is a pool that closes") {
        rig.children.close();
        CHECK(rig.children.trouble().empty());
    }
    SUBCASE("one started again is trusted when it ran for as long as it had to wait") {
        rig.pass(2s);
        rig.start_all();
        CHECK(rig.children.restarts() == 3);
        CHECK(rig.children.trouble() ==
              "2 of 3 failing, last: web[1] cannot be started: no program /x, started again");
        rig.pass(1s);
        CHECK(rig.children.trouble() ==
              "1 of 3 failing, last: web[1] cannot be started: no program /x, started again");
        rig.pass(1s);
        CHECK(rig.children.trouble().empty());
    }
}

TEST_CASE("children: a crash loop is trouble at every moment but the first") {
    ProcessPoolSpec spec = web;
    spec.probe.clear();
    spec.initial = Replicas{1};
    Rig rig{spec};
    rig.start_all();
    for (std::uint64_t round = 0; round < 6; ++round) {
        CHECK(rig.children.restarts() == round);
        rig.children.ended(0, {.code = 3});
        CHECK(rig.children.trouble().starts_with("1 of 1 failing, last: web[0] exited with"));
        for (int i = 0; i < 8; ++i) {
            rig.pass(1s);
        }
        rig.start_all();
        CHECK(rig.children.trouble() ==
              "1 of 1 failing, last: web[0] exited with status 3 after 0s, started again");
    }
}

TEST_CASE("children: one that does not get ready is trouble from its time-out on") {
    Rig rig;
    rig.start_all();
    (void)rig.children.due();
    rig.answer(0);
    rig.children.answered(1, process(11), fail(ErrorCode::unavailable, "connection refused"));
    CHECK(rig.children.trouble().empty());
    rig.pass(3s);
    CHECK(rig.children.due() == Actions{signal(1, Signal::terminate)});
    CHECK(rig.children.trouble() ==
          "1 of 2 failing, last: web[1] was not ready within 3s (connection refused), being "
          "stopped");
    rig.children.ended(1, {.signal = 15});
    CHECK(rig.children.trouble() ==
          "1 of 2 failing, last: web[1] was not ready within 3s (connection refused), started "
          "again in 1s");
}

TEST_CASE("children: an answer for an earlier process of the index counts for nothing") {
    Rig rig;
    rig.start_all();
    rig.children.ended(0, Exit{.code = 1});
    rig.pass(1s);
    CHECK(rig.children.due().front() == spawn(0));
    rig.children.spawned(0, process(77));
    rig.children.answered(0, process(10), {});
    CHECK(rig.children.ready() == Replicas{0});
    rig.children.answered(0, process(77), {});
    CHECK(rig.children.ready() == Replicas{1});
}

TEST_CASE("children: scale-in takes the highest index first and kills who does not go") {
    ProcessPoolSpec spec = web;
    spec.initial = Replicas{4};
    Rig rig{spec};
    rig.start_all();
    for (std::int32_t index = 0; index < 4; ++index) {
        rig.answer(index);
    }
    rig.children.want(Replicas{2});
    CHECK(rig.children.ready() == Replicas{2});
    CHECK(rig.children.next() == 0ms);
    CHECK(rig.children.due() ==
          Actions{signal(3, Signal::terminate), signal(2, Signal::terminate)});
    CHECK(rig.children.present() == Replicas{4});
    (void)rig.notes();
    rig.children.ended(3, Exit{});
    rig.pass(2s);
    CHECK(rig.children.due() == Actions{signal(2, Signal::kill)});
    CHECK(rig.children.due().empty());
    rig.children.ended(2, Exit{.signal = 9});
    CHECK(rig.notes() == Notes{"web[3] stopped: it exited with status 0 after 0s",
                               "web[2] did not stop within 2s of SIGTERM; killing it",
                               "web[2] stopped: it was killed by signal 9 (SIGKILL) after 2s"});
    CHECK(rig.children.present() == Replicas{2});
}

TEST_CASE("children: those that run an older command are replaced one by one, while all are well") {
    ProcessPoolSpec spec = web;
    spec.initial = Replicas{3};
    Rig rig{spec};
    for (const std::int32_t index : {0, 1, 2}) {
        rig.children.adopted(index, process(10 + index), Phase::ready);
        rig.children.runs(index, index == 2 ? fingerprint(spec) : 1);
    }
    (void)rig.notes();
    rig.children.start(Starts::again);
    CHECK(rig.children.due().empty());  // not in a dry run
    rig.children.start(Starts::all);
    CHECK(rig.children.due() == Actions{signal(0, Signal::terminate)});
    CHECK(rig.notes() == Notes{"web[0] runs what the pool's command was before: replacing it"});
    CHECK(rig.children.due().empty());
    rig.children.ended(0, Exit{});
    CHECK(rig.children.due() == Actions{spawn(0)});
    rig.children.spawned(0, process(10));
    CHECK(rig.children.due() == Actions{probe(0)});
    rig.answer(0);
    CHECK(rig.children.due() == Actions{signal(1, Signal::terminate)});
    rig.children.ended(1, Exit{});
    rig.start_all();
    rig.answer(1);
    CHECK(rig.children.due().empty());
    CHECK(rig.children.ready() == Replicas{3});
}

TEST_CASE("children: an older command that cannot be known is left alone") {
    Rig rig;
    rig.children.adopted(0, process(10), Phase::ready);
    rig.children.adopted(1, process(11), Phase::ready);
    CHECK(rig.children.due().empty());
}

TEST_CASE("children: an index is used again only when its process is gone") {
    Rig rig;
    rig.start_all();
    rig.children.want(Replicas{1});
    CHECK(rig.children.due().front() == signal(1, Signal::terminate));
    rig.children.want(Replicas{3});
    CHECK(rig.children.due() == Actions{spawn(2)});
    rig.children.spawned(2, process(12));
    rig.children.ended(1, Exit{});
    CHECK(rig.children.due().front() == spawn(1));
}

TEST_CASE("children: a waiting one that is wanted no more is forgotten") {
    Rig rig;
    rig.start_all();
    rig.children.ended(1, Exit{.code = 1});
    rig.children.want(Replicas{1});
    rig.pass(5s);
    CHECK_FALSE(rig.children.wants_spawn());
    CHECK(rig.children.all().size() == 1);
}

TEST_CASE("children: closing stops all and starts nothing, and the number stays") {
    Rig rig;
    rig.start_all();
    rig.children.close();
    CHECK(rig.children.due() ==
          Actions{signal(1, Signal::terminate), signal(0, Signal::terminate)});
    rig.children.ended(0, Exit{});
    rig.children.ended(1, Exit{});
    CHECK(rig.children.due().empty());
    CHECK(rig.children.wanted() == Replicas{2});
}

TEST_CASE("children: a jump of the wall clock neither kills nor holds back") {
    Rig rig;
    rig.start_all();
    rig.children.ended(1, Exit{.code = 1});
    rig.pass(-1h);
    CHECK(rig.children.next() == 0ms);  // the probe of web[0]
    CHECK(rig.children.due() == Actions{probe(0)});
    rig.pass(1s);
    CHECK(rig.children.due() == Actions{spawn(1), probe(0)});
    ProcessPoolSpec slow = web;
    slow.start_timeout = 6s;
    Rig ahead{slow};
    ahead.start_all();
    ahead.pass(1h);
    CHECK(ahead.children.due() == Actions{probe(0), probe(1)});
}

TEST_CASE("children: many are started a few at a time") {
    ProcessPoolSpec spec = web;
    spec.initial = Replicas{20};
    Rig rig{spec};
    CHECK(rig.children.due().size() == Children::spawns_at_once);
    for (std::int32_t index = 0; index < Children::spawns_at_once; ++index) {
        rig.children.spawned(index, process(10 + index));
    }
    CHECK(rig.children.next() == 0ms);
    CHECK(rig.children.due().front() == spawn(8));
}
