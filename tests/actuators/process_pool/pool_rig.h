// A process pool on a host that exists only in memory, and a daemon that may start afresh.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "actuators/process_pool/process_pool.h"
#include "tests/support/await.h"
#include "tests/support/fake_processes.h"

namespace tided::tests {

using namespace tided::actuators;
using namespace std::chrono_literals;
using tided::support::await;
using tided::support::FakeProcesses;

inline const ProcessPoolSpec web{.name = "web",
                                 .command = {"/bin/worker", "{port}"},
                                 .environment = {{"PATH", "/bin"}},
                                 .directory = "/srv",
                                 .first_port = 8081,
                                 .probe = "http://127.0.0.1:{port}/ready",
                                 .stop_grace = 4s,
                                 .initial = Replicas{2}};

inline ProcessPoolSpec kept() {
    ProcessPoolSpec spec = web;
    spec.keep = true;
    return spec;
}

using Labels = std::vector<std::string>;

/// A pool, its host and a clock; `is_dry`: looked after as in a dry run.
struct Rig {
    explicit Rig(ProcessPoolSpec from = web) : spec(std::move(from)) { restart(); }

    /// A daemon starts and finds this checkpoint ("" = none).
    void restart(const std::string& checkpoint = "") {
        pool = make_process_pool(spec, {.processes = &host, .state_id = "s1"}).value();
        if (!checkpoint.empty()) {
            REQUIRE(pool->restore(checkpoint, Origin::earlier_run, now).has_value());
        }
    }
    Duration tend() { return await(is_dry ? pool->keep_up(now, {}) : pool->tend(now, {})); }
    void pass(Duration time) {
        now += time;
        host.pass(time);
    }
    void run(Duration time) {
        for (; time > 0s; time -= 500ms) {
            (void)tend();
            pass(500ms);
        }
        (void)tend();
    }
    Observed observe() { return await(pool->observe(now, {})).value(); }
    Outcome apply(std::int32_t from, std::int32_t to) {
        return await(pool->apply(
            {.id = "s-1", .policy = "web", .pool = "web", .from = {from}, .to = {to}}, now, {}));
    }
    Labels notes() {
        Labels texts;
        for (const Note& note : pool->take_notes()) {
            texts.push_back(note.text);
        }
        return texts;
    }

    ProcessPoolSpec spec;
    FakeProcesses host;
    bool is_dry = false;
    TimePoint now{1000s};
    std::unique_ptr<Actuator> pool;
};

}  // namespace tided::tests
