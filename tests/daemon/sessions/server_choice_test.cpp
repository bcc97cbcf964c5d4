// Server choice: staying, leaving, returning, by instants that the test names.
#include "daemon/sessions/server_choice.h"

#include <doctest/doctest.h>

using tided::daemon::ServerChoice;
using namespace std::chrono_literals;

namespace {

using Failure = ServerChoice::Failure;
using Order = std::vector<std::size_t>;

const ServerChoice::Instant t0 = ServerChoice::Instant{} + 1h;

/// Probes `server` every ten seconds and finds it well; true when it came into use.
bool is_well_for(ServerChoice& choice,
                 std::size_t server,
                 ServerChoice::Instant from,
                 std::chrono::seconds span) {
    bool is_back = false;
    for (auto at = from; at <= from + span; at += 10s) {
        REQUIRE(choice.probe_due(at) == server);
        choice.probing(server, at);
        is_back = choice.probed(server, true, at);
    }
    return is_back;
}

}  // namespace

TEST_CASE("server choice: the first is asked first, the others stand behind it") {
    const ServerChoice choice{3};
    CHECK(choice.order() == Order{0, 1, 2});
    CHECK_FALSE(choice.probe_due(t0));
}

TEST_CASE("server choice: who refuses is left when another answers") {
    ServerChoice choice{2};
    choice.failed(0, Failure::refused, t0);
    CHECK(choice.current() == 0);
    CHECK(choice.order() == Order{1, 0});
    CHECK(choice.answered(1));
    CHECK(choice.current() == 1);
    CHECK_FALSE(choice.answered(1));
}

TEST_CASE("server choice: one failure between successes moves nothing") {
    ServerChoice choice{2};
    for (int i = 0; i < 5; ++i) {
        choice.failed(0, Failure::other, t0);
        CHECK_FALSE(choice.answered(1));  // the next one answered that read
        CHECK_FALSE(choice.answered(0));
        CHECK(choice.order() == Order{0, 1});
    }
    choice.failed(0, Failure::other, t0);
    choice.failed(0, Failure::other, t0);
    CHECK(choice.answered(1));
}

TEST_CASE("server choice: with all of them down the one in use stays first") {
    ServerChoice choice{2};
    choice.failed(0, Failure::refused, t0);
    choice.failed(1, Failure::refused, t0);
    CHECK(choice.order() == Order{0, 1});
    CHECK_FALSE(choice.answered(0));
    CHECK(choice.current() == 0);
}

TEST_CASE("server choice: an answer of another does not take over from one that is well") {
    ServerChoice choice{2};
    CHECK_FALSE(choice.answered(1));
    CHECK(choice.current() == 0);
}

TEST_CASE("server choice: returns after a minute of good probes") {
    ServerChoice choice{2};
    choice.failed(0, Failure::refused, t0);
    CHECK(choice.answered(1));
    CHECK_FALSE(is_well_for(choice, 0, t0 + 10s, 50s));
    CHECK(choice.current() == 1);
    CHECK(is_well_for(choice, 0, t0 + 70s, 0s));
    CHECK(choice.current() == 0);
    CHECK_FALSE(choice.probe_due(t0 + 80s));
}

TEST_CASE("server choice: a bad probe begins the minute anew") {
    ServerChoice choice{2};
    choice.failed(0, Failure::refused, t0);
    CHECK(choice.answered(1));
    CHECK_FALSE(is_well_for(choice, 0, t0, 50s));
    CHECK_FALSE(choice.probed(0, false, t0 + 60s));
    CHECK_FALSE(is_well_for(choice, 0, t0 + 70s, 50s));
    CHECK(is_well_for(choice, 0, t0 + 130s, 0s));
}

TEST_CASE("server choice: no two probes within ten seconds") {
    ServerChoice choice{2};
    choice.failed(0, Failure::refused, t0);
    CHECK(choice.answered(1));
    CHECK(choice.probe_due(t0) == 0U);
    choice.probing(0, t0);
    CHECK_FALSE(choice.probe_due(t0 + 9s));
    CHECK(choice.probe_due(t0 + 10s) == 0U);
}

TEST_CASE("server choice: who fails soon after its return must prove itself twice as long") {
    ServerChoice choice{2};
    auto at = t0;
    for (const auto proof : {60s, 120s, 240s}) {
        choice.failed(0, Failure::refused, at);
        CHECK(choice.answered(1));
        CHECK_FALSE(is_well_for(choice, 0, at + 10s, proof - 10s));
        CHECK(is_well_for(choice, 0, at + 10s + proof, 0s));
        at += proof + 60s;
    }
    // It held for longer: the proof asked for does not grow.
    at += 1h;
    choice.failed(0, Failure::refused, at);
    CHECK(choice.answered(1));
    CHECK_FALSE(is_well_for(choice, 0, at + 10s, 230s));
    CHECK(is_well_for(choice, 0, at + 250s, 0s));
}
