// The blob of a policy's memory: nothing is lost, old ones are read, damage is found.
#include "daemon/state/codec.h"

#include <array>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "daemon/state/json.h"
#include "daemon/state/wire.h"
#include "policy/decide.h"

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint now = TimePoint{} + 1'800'000'000s;

policy::PolicyState some_state() {
    policy::PolicyState state{.recommendations = {{{4}, now - 5min}, {{7}, now}},
                              .ups = {{3, now - 1min}},
                              .downs = {{2'147'483'647, now - 2min}, {1, now}},
                              .steps = {{now - 1min, {4}, {7}}, {now, {7}, {0}}}};
    state.conditions.set(policy::hpa::ConditionType::scaling_active,
                         false,
                         policy::hpa::ConditionReason::failed_get_object_metric,
                         now - 1h);
    state.undo = policy::UndoWatch{.metric = "latency",
                                   .from = {4},
                                   .level = 0.1,
                                   .begun = now - 1min,
                                   .worse_since = now - 30s,
                                   .back_to = Replicas{4}};
    state.curves = {{.metric = "latency",
                     .load = "rps",
                     .at = now,
                     .last = {1.0, 2.0, 3.0},
                     .points = {{0.5, 0.1, 1.0}, {1.5, 0.2, 2.0}}}};
    state.silent_since = {std::nullopt, now - 3min};
    return state;
}

/// A load of two days, learned as decide() does it.
policy::PolicyState learned_state() {
    const policy::PolicySpec spec{
        .name = "web",
        .max = {100},
        .metrics = {{.name = "rps", .rule = policy::Capacity{.amount = 10.0}}}};
    policy::PolicyState state;
    Observed observed{.replicas = {5}, .present = {5}, .ready = {5}};
    for (int i = 0; i < 2 * 5760 + 30; ++i) {
        const double burst = i % 5760 < 40 ? 3.0 : 1.0;
        const std::array readings{Reading::of(burst * (40.0 + i % 7), 1s, 30s)};
        const auto decision = policy::decide(
            spec, {.now = now + i * 15s, .observed = &observed, .readings = readings}, state);
        observed.ready = observed.replicas;
        observed.replicas = decision.desired;
    }
    state.loads[0].foreseen = {};  // not durable
    return state;
}

std::int64_t milliseconds(TimePoint at) {
    return at.time_since_epoch().count();
}

/// An undo and a curve as they were written before they bore the names of what they compare.
std::string nameless_blob() {
    std::string blob{"\x02"};
    Writer out{blob};
    for (const std::uint64_t of_lists_then_tag : {0U, 0U, 0U, 3U}) {
        out.put(of_lists_then_tag);
    }
    out.put_signed(4);
    out.put_number(0.1);
    out.put_signed(milliseconds(now - 1min));
    out.put(1);
    out.put_signed(milliseconds(now - 30s));
    out.put(0);
    out.put_signed(0);
    out.put(4);  // the tag of curves
    out.put(1);
    out.put_text("latency");
    out.put_signed(milliseconds(now));
    for (const double number : {1.0, 2.0, 3.0}) {
        out.put_number(number);
    }
    out.put(1);
    for (const double number : {0.5, 0.1, 1.0}) {
        out.put_number(number);
    }
    return blob;
}

std::string blob_of(const policy::PolicyState& state) {
    std::string blob;
    encode(state, blob);
    return blob;
}

}  // namespace

TEST_CASE("codec: what is written is what is read, whatever parts there are") {
    for (const policy::PolicyState& state :
         {policy::PolicyState{}, some_state(), policy::PolicyState{.steps = {{now, {1}, {2}}}}}) {
        const auto again = decode(blob_of(state));
        REQUIRE(again);
        CHECK(*again == state);
    }
    CHECK(blob_of({}).size() == 4);
}

TEST_CASE("codec: what was learned is apart from what changes at every tick") {
    policy::PolicyState state = learned_state();
    state.steps = {{now, {1}, {2}}};
    CHECK(state.loads[0].memory.lead.measured);
    CHECK(state.loads[0].memory.recurrence.usual_peak > 2.0F);
    CHECK(*decode(blob_of(state)) == state);
    std::string ticking;
    encode(state, ticking, Share::ticking);
    std::string learned;
    encode(state, learned, Share::learned);
    CHECK(decode(learned)->loads == state.loads);
    CHECK(decode(learned)->steps.empty());
    CHECK(has_learned(*decode(learned)));
    CHECK_FALSE(has_learned(*decode(ticking)));
    CHECK(decode(ticking)->steps == state.steps);
    CHECK(ticking.size() < 100);
    CHECK(learned.size() < 1'000);
}

TEST_CASE("codec: what cannot have been learned is refused") {
    using Learned = policy::LearnedLoad;
    struct Row {
        const char* name;
        void (*damage)(Learned&);
    };
    constexpr float infinite = std::numeric_limits<float>::infinity();
    const std::array rows{
        Row{"a load", [](Learned& l) { l.memory.history.loads[3] = infinite; }},
        Row{"a load below zero", [](Learned& l) { l.memory.history.loads[3] = -1.0F; }},
        Row{"size", [](Learned& l) { l.memory.history.size = 65; }},
        Row{"next", [](Learned& l) { l.memory.history.next = 64; }},
        Row{"an instant", [](Learned& l) { l.memory.history.youngest = TimePoint::max(); }},
        Row{"start-up time", [](Learned& l) { l.memory.lead.estimate = 16min; }},
        Row{"total", [](Learned& l) { l.memory.headroom.total = std::nanf(""); }},
        Row{"days", [](Learned& l) { l.memory.recurrence.days_seen = 9; }},
        Row{"bin", [](Learned& l) { l.memory.recurrence.bin = -1; }},
        Row{"burst",
            [](Learned& l) {
                l.memory.recurrence.burst_since = now;
                l.memory.recurrence.before = 0.0F;
            }},
        Row{"capacity", [](Learned& l) { l.capacity = -1.0; }}};
    const policy::PolicyState good = learned_state();
    for (const Row& row : rows) {
        INFO(row.name);
        policy::PolicyState state = good;
        row.damage(state.loads[0]);
        CHECK_FALSE(decode(blob_of(state)));
    }
    const std::string blob = blob_of(good);
    std::size_t whole = 0;
    for (std::size_t i = 0; i < blob.size(); ++i) {
        whole += decode(blob.substr(0, i)) ? 1U : 0U;
        std::string damaged = blob;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        static_cast<void>(decode(damaged));  // gives anything but a crash
    }
    CHECK(whole == 1);  // behind the lists
}

TEST_CASE("codec: blobs of the first format are read") {
    const std::string old{"\x01\x00\x01\x80\x80\x80\x80\x80\x01\x06\x00", 11};
    const auto state = decode(old);
    REQUIRE(state);
    CHECK(state->ups.size() == 1);
    CHECK(state->ups[0].change == 3);
}

TEST_CASE("codec: an undo and a curve without names are read, and written with them") {
    const auto state = decode(nameless_blob());
    REQUIRE(state);
    CHECK(state->undo ==
          policy::UndoWatch{
              .from = {4}, .level = 0.1, .begun = now - 1min, .worse_since = now - 30s});
    CHECK(state->curves == std::vector<policy::LearnedCurve>{{.metric = "latency",
                                                              .at = now,
                                                              .last = {1.0, 2.0, 3.0},
                                                              .points = {{0.5, 0.1, 1.0}}}});
    CHECK(*decode(blob_of(*state)) == *state);
}

TEST_CASE("codec: a cut or damaged blob is refused, wherever it is cut") {
    const std::string blob = blob_of(some_state());
    std::size_t whole = 0;
    for (std::size_t length = 0; length < blob.size(); ++length) {
        whole += decode(blob.substr(0, length)) ? 1U : 0U;
    }
    CHECK(whole == 5);  // behind the lists and behind each part but the last
    for (std::size_t i = 0; i < blob.size(); ++i) {
        std::string damaged = blob;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        static_cast<void>(decode(damaged));  // gives anything but a crash
    }
    CHECK(decode(blob + "\x7f").error().message == "a policy's history is cut or damaged");
    CHECK(decode("\x09").error().message == "a policy's history has an unknown format");
}

TEST_CASE("codec: an export carries the whole memory, one of an earlier version its lists") {
    Batch batch;
    batch.policies.push_back({.name = "web", .state = some_state(), .pause = std::nullopt});
    const auto again = parse_document(export_document(batch));
    REQUIRE(again);
    CHECK(again->policies[0].state == some_state());
    const auto old = parse_policy(R"({"name":"web","recommendations":[[5,4]],"ups":[],"downs":[],)"
                                  R"("pause":null})");
    REQUIRE(old);
    CHECK(old->state.recommendations.size() == 1);
    const auto wrong = parse_policy(R"({"name":"web","state":"0207","pause":null})");
    CHECK(wrong.error().message == "state: a policy's history is cut or damaged");
    const auto worse = parse_policy(R"({"name":"web","state":"02zz","pause":null})");
    CHECK(worse.error().message == "state: expected pairs of the digits 0 to 9 and a to f");
}
