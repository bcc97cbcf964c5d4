// Fleet: the configuration come alive: sources, providers, pools and policies, and what links
// them. Built whole from a Config; a reload builds the next fleet beside the present one, takes
// over what did not change, and only then replaces it.
//
//   LivePolicy --slots--> LiveSource --session-->  metrics
//        \------pool----> LivePool  --provider-->  LiveProvider
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actuators/actuator.h"
#include "actuators/process.h"
#include "daemon/config/config.h"
#include "daemon/roster.h"
#include "daemon/rota.h"
#include "daemon/sessions/session.h"
#include "daemon/sizing.h"
#include "daemon/state/store.h"
#include "daemon/telemetry/telemetry.h"
#include "daemon/ticker.h"
#include "metrics/discovery/discoveries.h"
#include "metrics/source.h"
#include "policy/decide.h"
#include "policy/guard.h"

namespace tided::daemon {

struct LiveProvider {
    struct Failing {
        bool unreachable = false;  ///< no answer, as against an answer that says no
        bool silent = false;       ///< and nobody refused the connection either
        std::string error;
    };

    config::Provider config;
    std::unique_ptr<Session> session;        ///< null for providers on this host
    std::map<std::string, Failing> failing;  ///< pools whose last observation failed
    std::size_t pools = 0;                   ///< of the fleet in force
    bool lost = false;                       ///< none of its pools can be reached

    /// Of one of its pools; "" while all can be observed.
    [[nodiscard]] std::string last_error() const {
        return failing.empty() ? "" : failing.begin()->second.error;
    }
    [[nodiscard]] std::size_t unreachable() const {
        return static_cast<std::size_t>(
            std::count_if(failing.begin(), failing.end(), [](const auto& entry) {
                return entry.second.unreachable;
            }));
    }
    [[nodiscard]] bool is_silent() const {
        return lost && std::all_of(failing.begin(), failing.end(), [](const auto& entry) {
                   return entry.second.silent;
               });
    }
    [[nodiscard]] bool is_remote() const { return config.type == config::ProviderType::kubernetes; }
};

struct LiveSource {
    config::Source config;
    std::unique_ptr<Session> session;             ///< its own; null when it uses its provider's
    std::shared_ptr<LiveProvider> provider;       ///< null when it has a session of its own
    std::shared_ptr<LiveProvider> kubernetes_sd;  ///< whose API knows targets; null: none
    std::unique_ptr<Session> http_sd;  ///< to the server that lists targets; null: there is none
    std::unique_ptr<metrics::Source> source;
    std::unique_ptr<Rota> rota;   ///< drives the lanes; made when the fleet is put on
    std::string last_error;       ///< of the last failed fetch, "" after a good one
    std::string discovery_error;  ///< as the log has it
    bool lost = false;            ///< every lane failed last time
    bool silent = false;          ///< and none of them got any answer
    bool heard = false;           ///< a fetch has ended, well or not
    bool partly_told = false;     ///< some lanes fail, and the log says so
    metrics::OddSamples counted;  ///< what the counters have of them
    bool retired = false;
};

/// A step on its way through executor.cpp.
struct OpenStep {
    Step step;
    StepPhase phase = StepPhase::intended;
    TimePoint intended_at{};
    TimePoint give_up_at{};
    TimePoint ask_again_at{};
    std::string text;         ///< the explanation, for the journal
    bool rehearsal = false;   ///< decided in dry-run: stays one, whatever a reload says
    bool journalled = false;  ///< the intent is durable
    bool recovered = false;   ///< left open by an earlier run: settled by observing
};

struct LivePool {
    LivePool(config::Pool c, boost::asio::any_io_executor io)
        : config(std::move(c)), alarm(std::move(io)) {}

    config::Pool config;
    std::string identity;  ///< provider/kind/name: the provider's object
    std::shared_ptr<LiveProvider> provider;
    std::unique_ptr<actuators::Actuator> actuator;
    std::unique_ptr<actuators::Actuator> rehearsal;  ///< the dry-run face of `actuator`
    bool dry_run = true;
    std::optional<Observed> observed;
    std::optional<Replicas> presumed;  ///< at most that many, while a look is due after a step
    std::optional<OpenStep> step;
    std::int32_t failures = 0;  ///< failed steps in a row
    std::optional<TimePoint> retry_not_before;
    bool is_throttled = false;               ///< the provider itself named that instant
    TimePoint tend_at{};                     ///< when its coroutine looks after it again
    TimePoint observe_at{};                  ///< and when it looks at it
    std::string observe_error;               ///< why the last observation failed, "" if not
    std::optional<TimePoint> trouble_since;  ///< replicas that should run do not
    bool trouble_told = false;
    std::uint64_t restarts = 0;     ///< of its actuator, as counted
    std::optional<Step> rehearsed;  ///< the last step told in dry-run: told once
    std::string saved_checkpoint;
    Duration first_look{};                  ///< observed that long after its start
    std::shared_ptr<LivePool> predecessor;  ///< closes before this one starts
    Alarm alarm;                            ///< wakes its coroutine
    bool started = false;
    bool closed = false;
    bool retired = false;
    /// Why it is closed once it is retired.
    actuators::Closing closing = actuators::Closing::for_now;

    /// As Actuator::trouble; that it cannot be observed comes first.
    [[nodiscard]] std::string trouble() const {
        return observe_error.empty() ? actuator->trouble()
                                     : "it cannot be observed: " + observe_error;
    }
    [[nodiscard]] actuators::Actuator& face() { return dry_run ? *rehearsal : *actuator; }
    /// What it may cost already: a step under way counts as made. None: never observed.
    [[nodiscard]] std::optional<Replicas> most_replicas() const {
        std::optional<Replicas> most =
            observed ? std::optional{observed->replicas}
                     : (predecessor && !presumed ? predecessor->most_replicas() : presumed);
        if (step && !step->rehearsal) {
            most = std::max(most.value_or(step->step.from), step->step.to);
        }
        return most;
    }
    /// A step of this pool, or of the one it replaces, is still under way.
    [[nodiscard]] bool is_busy() const { return step.has_value() || predecessor != nullptr; }
};

/// Where one metric of a policy is read: index into the source's queries.
struct Slot {
    std::shared_ptr<LiveSource> source;  ///< null: a formula computes it
    std::size_t query = 0;
    std::shared_ptr<LiveSource> fallback;  ///< null: none
    std::size_t fallback_query = 0;
    std::optional<TimePoint> not_fresh_since;
    bool stale_told = false;

    /// Of the source that gave a reading of this rung.
    [[nodiscard]] const std::string& name(std::uint8_t rung = 0) const {
        static const std::string computed = "formula";
        return !source ? computed : (rung == 0 ? source : fallback)->config.name;
    }
};

/// How the instances of a policy are sized, and where their usage is read.
struct LiveSizing {
    Sizing sizing;
    std::shared_ptr<LiveSource> source;
    Sizing::Questions questions{};
    TimePoint save_at{};       ///< not written sooner
    std::string unreadable{};  ///< what was stored and cannot be used: kept when it is overwritten
};

struct LivePolicy {
    config::Policy config;
    std::shared_ptr<LivePool> pool;
    std::vector<Slot> slots;  ///< one per metric
    policy::PolicyState state;
    std::optional<policy::Pause> pause;
    std::unique_ptr<LiveSizing> sizing;  ///< null: its instances are not sized
    std::string schedule_trouble{};      ///< why rules of its schedule are not expanded, or ""
    bool unsaved = false;                ///< changed since it was last written
    TimePoint due{};
    std::vector<Reading> readings;
    policy::Decision decision;
    policy::Plan plan;
    std::string record;       ///< of the decision, while it differs from what was told
    std::string told;         ///< the last explanation that became an event, digits aside
    mutable PolicyView view;  ///< numbers every tick, words when somebody asks
    mutable bool words_due = false;
};

/// A template, and which instances of it there are; they are pools and policies like any other.
struct LiveTemplate {
    config::Template config;
    std::shared_ptr<LiveSource> source;
    std::size_t question = 0;  ///< index into the source's queries
    Roster roster;
    std::vector<Roster::Refusal> lost{};  ///< by a new policy file, not yet told
    std::optional<TimePoint> heard;       ///< when the answer came that the roster heard last
    bool over_max_told = false;
};

struct Fleet {
    std::vector<std::shared_ptr<LiveSource>> sources;
    std::vector<std::shared_ptr<LiveProvider>> providers;
    std::vector<std::shared_ptr<LivePool>> pools;
    std::vector<std::unique_ptr<LivePolicy>> policies;  ///< sorted by name
    std::vector<std::shared_ptr<LiveTemplate>> templates;
    /// The new configuration of each pool: what needs no new actuator takes effect in put_on().
    std::vector<config::Pool> pool_configs;
    /// What the policies ask of each source, in the order of `sources`.
    std::vector<std::vector<metrics::Query>> questions;
};

/// What building needs of the daemon.
struct Workshop {
    boost::asio::any_io_executor io;
    Network& network;
    actuators::Processes& processes;
    bool may_run_programs = true;
    std::string state_id;  ///< marks kept children as this state directory's own
    metrics::PoolMembers pool_members{};
    bool is_start = false;  ///< a session that cannot be opened yet stops nothing: it is tried on
    TimePoint now{};        ///< history older than its window is dropped when a policy comes back
};

/// Builds the fleet of `config`, sharing with `old` what is equal. Nothing of `old` is changed.
/// `memory` gives policies that `old` does not know their stored state.
/// Errors: a session or actuator that cannot be made; the message says which.
[[nodiscard]] Result<Fleet> build_fleet(const config::Config& config,
                                        const Fleet& old,
                                        const Snapshot& memory,
                                        const Workshop& workshop);

/// Makes `next` the fleet in force: sources get their queries, pools their mode, what is in `old`
/// alone is retired. An error is a bug (config has checked the expressions): `next` is in force all
/// the same, with that source unread.
[[nodiscard]] Status put_on(Fleet& next, Fleet& old, config::Mode mode);

}  // namespace tided::daemon
