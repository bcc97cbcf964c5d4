// Children: the life of every copy in a process pool, as a pure state machine. Events and time go
// in, actions come out; process_pool.cpp does them on the port.
//
//               spawn             probe answers
//    waiting ----------> starting -------------> ready        index 0 .. wanted-1, one process each
//       ^                 |  |  not ready in time  |
//       |   it ended,     |  v                     v  scale-in: highest index first
//       +-- back-off -----+ stopping --(ended)--> gone, or waiting when the index is wanted again
//
// Back-off after the n-th crash in a row: min(restart_delay * 2^(n-1), restart_delay_max); a copy
// that was ready for restart_delay_max is forgiven. It counts as failing until it has been ready
// for as long as it had to wait, so that a crash loop does not look healthy in between. An index,
// and so its port, is used again only when its process is gone.
//
// Time is pool time: it follows `now`, never backwards and by at most 5 s a call, so that a jump of
// the wall clock neither kills a starting child nor holds back a restart.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actuators/actuator.h"
#include "actuators/process.h"
#include "actuators/spec.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::actuators {

enum class Phase : std::uint8_t { waiting, starting, ready, stopping };

/// How far stopping has come.
enum class Stop : std::uint8_t { due, asked, killed };

struct Child {
    Phase phase = Phase::waiting;
    Stop stop = Stop::due;      ///< only while stopping
    ProcessId id{};             ///< not while waiting
    Duration since{};           ///< pool time at which the phase began
    Duration until{};           ///< waiting: start; starting: give up; stopping: kill
    Duration probe_at{};        ///< only while starting
    Duration started{};         ///< pool time of the spawn or the adoption
    std::int32_t crashes = 0;   ///< in a row
    bool late = false;          ///< stopping because it was not ready in time
    bool adopted = false;       ///< its exit status will not be known
    std::uint64_t made = 0;     ///< fingerprint of the command it runs; 0: not known
    std::string last_answer{};  ///< why the last probe failed
    std::string failure{};      ///< how it failed last: "exited with status 3 after 12ms"
    Duration failed_at{};       ///< pool time of `failure`

    friend bool operator==(const Child&, const Child&) = default;
};

/// Which copies may be started: all that are wanted, or only those that were started before.
enum class Starts : std::uint8_t { all, again };

struct Action {
    enum class Kind : std::uint8_t { spawn, signal, probe } kind = Kind::spawn;
    std::int32_t index = 0;
    Signal signal = Signal::terminate;  ///< only with signal
    ProcessId id{};                     ///< with signal and probe

    friend bool operator==(const Action&, const Action&) = default;
};

class Children {
public:
    /// Spawns that one call of due() may ask for: a spawn blocks the loop for a moment.
    static constexpr std::int32_t spawns_at_once = 8;
    /// Pause between two probes of a starting child.
    static constexpr Duration probe_pause{200};
    /// Longest wish of next(): a lost notice delays by this much.
    static constexpr Duration longest_rest{1000};
    /// Most that pool time advances in one call.
    static constexpr Duration longest_advance{5000};

    explicit Children(ProcessPoolSpec spec);

    void advance(TimePoint now);
    void want(Replicas wanted);
    void start(Starts which) { starts_ = which; }
    /// The copies 0 .. begun-1 have been started before, perhaps by an earlier run.
    void begin_from(Replicas begun) { begun_ = std::min(begun, wanted_); }
    /// Nothing is started at these indices: something of an earlier process there still runs.
    void bar(std::set<std::int32_t> indices) { barred_ = std::move(indices); }
    /// From now on nothing is started any more and everything is stopped; `wanted` stays.
    void close() { closed_ = true; }

    /// True when due() would ask for a spawn.
    [[nodiscard]] bool wants_spawn();

    /// What is to be done now, in order: signals (highest index first), spawns, probes. Each is
    /// asked for once; the caller answers a spawn with spawned or spawn_failed before the next
    /// call.
    [[nodiscard]] std::vector<Action> due();

    void spawned(std::int32_t index, const ProcessId& id);
    void spawn_failed(std::int32_t index, const Error& why);
    /// The index is taken by a process that cannot be watched yet: nothing is started there.
    void blocked(std::int32_t index, const Error& why);
    /// `phase` is starting, ready or stopping (then stopped afresh: `stop` says how far it was).
    void adopted(std::int32_t index, const ProcessId& id, Phase phase, Stop stop = Stop::due);
    /// The fingerprint of the command that an adopted one runs. Of those that run another than the
    /// pool's, one at a time is replaced, while all the others are ready.
    void runs(std::int32_t index, std::uint64_t made) { children_[index].made = made; }
    void answered(std::int32_t index, const ProcessId& id, const Status& answer);
    void ended(std::int32_t index, const Exit& exit);

    /// When due() may have something again, 0 .. longest_rest from now.
    [[nodiscard]] Duration next() const;

    [[nodiscard]] Duration time() const { return now_; }  ///< pool time
    [[nodiscard]] Replicas wanted() const { return wanted_; }
    [[nodiscard]] Replicas begun() const { return begun_; }
    [[nodiscard]] Replicas present() const;
    [[nodiscard]] Replicas ready() const;
    [[nodiscard]] const std::map<std::int32_t, Child>& all() const { return children_; }
    /// As Actuator::trouble and Actuator::restarts.
    [[nodiscard]] std::string trouble() const;
    [[nodiscard]] std::uint64_t restarts() const { return restarts_; }
    [[nodiscard]] std::vector<Note> take_notes();
    [[nodiscard]] std::string label(std::int32_t index) const;

private:
    [[nodiscard]] bool is_wanted(std::int32_t index) const;
    [[nodiscard]] bool may_start(std::int32_t index) const;
    [[nodiscard]] bool is_due_to_start(std::int32_t index, const Child& child) const;
    void reconcile();
    void replace_outdated();
    void begin(Child& child, Phase phase, Duration until);
    void stop(Child& child, bool late = false);
    [[nodiscard]] Duration backed_off(std::int32_t crashes) const;
    /// Counts a crash and puts the child to wait; gives back how long.
    Duration wait_after_crash(Child& child, std::string failure);
    [[nodiscard]] bool is_failing(const Child& child) const;
    void give_up_when_late(std::int32_t index, Child& child);
    void stop_actions(std::int32_t index, Child& child, std::vector<Action>& actions);
    void note(Note::Level level, std::int32_t index, const std::string& text);

    ProcessPoolSpec spec_;
    std::uint64_t made_;  ///< of spec_
    Replicas wanted_;
    Replicas begun_{};
    Starts starts_ = Starts::all;
    std::set<std::int32_t> barred_;
    bool closed_ = false;
    std::map<std::int32_t, Child> children_;
    Duration now_{};
    std::uint64_t restarts_ = 0;
    TimePoint seen_{};
    bool seen_any_ = false;
    std::vector<Note> notes_;
};

using tided::to_string;

/// "starting", "ready", "stopping", "waiting".
[[nodiscard]] std::string_view to_string(Phase phase);

/// A span as a sentence carries it: whole seconds from 1 s on.
[[nodiscard]] std::string spoken(Duration span);

}  // namespace tided::actuators
