// Exec pools: every way a program can end is one clear error.
#include "actuators/exec/exec.h"

#include <array>

#include <doctest/doctest.h>

#include "tests/support/await.h"
#include "tests/support/fake_processes.h"

using namespace tided;
using namespace tided::actuators;
using namespace std::chrono_literals;
using tided::support::await;
using tided::support::FakeProcesses;

namespace {

const ExecSpec web{.name = "web",
                   .observe = {"/opt/observe", "--pool", "web"},
                   .apply = {"/opt/apply"},
                   .environment = {{"PATH", "/bin"}, {"TOKEN", "t"}},
                   .directory = "/srv",
                   .output_limit = 1000};

struct Rig {
    explicit Rig(Result<Finished> finished) {
        host.program = [finished = std::move(finished)](const FakeProcesses::Run&) {
            return finished;
        };
    }
    Result<Observed> observe() { return await(pool->observe(now, {})); }
    Outcome apply() {
        const Step step{.id = "b-1", .policy = "day", .pool = "web", .from = {3}, .to = {5}};
        return await(pool->apply(step, now, {}));
    }

    FakeProcesses host;
    TimePoint now{1000s};
    std::unique_ptr<Actuator> pool = make_exec(web, {.processes = &host, .state_id = {}}).value();
};

/// Ended by the host after it had begun.
tl::unexpected<Error> stopped(ErrorCode code, std::string message) {
    return fail(Error{.code = code, .message = std::move(message), .effect = Effect::unknown});
}

Finished printed(std::string output) {
    return {.exit = {}, .output = std::move(output), .diagnostics = {}};
}

}  // namespace

TEST_CASE("exec: runs the program as given and reads its answer") {
    Rig rig{printed(R"({"replicas":3,"ready":2})")};
    CHECK(rig.pool->identity() == "exec/web");
    CHECK(rig.observe().value() ==
          Observed{.replicas = {3}, .present = {3}, .ready = {2}, .at = rig.now});
    const FakeProcesses::Run& run = rig.host.runs.at(0);
    CHECK(run.command.argv == std::vector<std::string>{"/opt/observe", "--pool", "web"});
    CHECK(run.command.environment == web.environment);
    CHECK(run.command.directory == "/srv");
    CHECK(run.output_limit == 1000);
    CHECK(run.input == "{\"version\":1,\"request\":\"observe\",\"pool\":\"web\"}\n");
}

TEST_CASE("exec: apply hands over the step and passes the outcome on") {
    Rig done{printed(R"({"outcome":"done"})")};
    CHECK(done.apply() == Outcome::done());
    CHECK(done.host.runs.at(0).command.argv == std::vector<std::string>{"/opt/apply"});
    CHECK(done.host.runs.at(0).input == R"({"version":1,"request":"apply","pool":"web",)"
                                        R"("step":{"id":"b-1","from":3,"to":5,"policy":"day"}})"
                                        "\n");
    CHECK(Rig{printed(R"({"outcome":"pending","after":"2s"})")}.apply() == Outcome::pending(2s));
    CHECK(Rig{printed(R"({"outcome":"refused","message":"frozen"})")}.apply() ==
          Outcome::refused(
              {.code = ErrorCode::conflict, .message = "pool web: apply program: frozen"}));
}

TEST_CASE("exec: every way to fail is told, and says whether something may have happened") {
    struct Row {
        const char* name;
        Result<Finished> finished;
        ErrorCode code;
        Effect effect;  ///< of apply
        std::string message;
    };
    const std::array<Row, 8> rows{{
        {"no such program",
         fail(ErrorCode::not_found, "/opt/observe: No such file or directory"),
         ErrorCode::not_found,
         Effect::none,
         "/opt/observe: No such file or directory"},
        {"too late",
         stopped(ErrorCode::timed_out, "killed at its deadline"),
         ErrorCode::timed_out,
         Effect::unknown,
         "killed at its deadline"},
        {"too much output",
         stopped(ErrorCode::invalid_input, "it printed more than 1000 bytes"),
         ErrorCode::invalid_input,
         Effect::unknown,
         "it printed more than 1000 bytes"},
        {"exit status",
         Finished{.exit = {.code = 3}, .output = {}, .diagnostics = "warming up\nno route\n\n"},
         ErrorCode::unavailable,
         Effect::unknown,
         "it exited with status 3 (its last words: no route)"},
        {"exit status without a word",
         Finished{.exit = {.code = 1}, .output = "{}", .diagnostics = " \n"},
         ErrorCode::unavailable,
         Effect::unknown,
         "it exited with status 1"},
        {"killed",
         Finished{.exit = {.signal = 11}, .output = {}, .diagnostics = {}},
         ErrorCode::unavailable,
         Effect::unknown,
         "it was killed by signal 11 (SIGSEGV)"},
        {"garbage",
         Finished{.exit = {}, .output = "ok", .diagnostics = "debug on"},
         ErrorCode::corrupt,
         Effect::unknown,
         "it printed what is no JSON object: ok (its last words: debug on)"},
        {"nothing", printed(""), ErrorCode::corrupt, Effect::unknown, "it printed nothing"},
    }};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(
            Rig{row.finished}.observe() ==
            fail(Error{.code = row.code, .message = "pool web: observe program: " + row.message}));
        CHECK(Rig{row.finished}.apply() ==
              Outcome::failed({.code = row.code,
                               .message = "pool web: apply program: " + row.message,
                               .effect = row.effect}));
    }
}

TEST_CASE("exec: a pool needs both programs") {
    FakeProcesses host;
    ExecSpec spec = web;
    spec.apply.clear();
    CHECK(make_exec(spec, {.processes = &host, .state_id = {}}).error() ==
          Error{.code = ErrorCode::invalid_input,
                .message = "pool web: it needs both an observe and an apply program"});
}
