// Actuator: one pool at one provider. It says how many there are and makes it so many.
// It never waits by itself: what takes longer answers pending(after) and is asked again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "policy/vocab/observed.h"
#include "policy/vocab/result.h"
#include "policy/vocab/step.h"
#include "policy/vocab/time.h"

namespace tided::actuators {

/// A sentence for the log about something the actuator did or saw while tending its pool
/// ("web[2] exited with status 1; starting it again in 2s"), or a message for the operator.
struct Note {
    enum class Level : std::uint8_t { info, warn, error } level = Level::info;
    std::string text;
};

/// Why a pool is closed: the daemon stops, a reload has put another in its place that goes on with
/// its checkpoint, or the policy file has it no more.
enum class Closing : std::uint8_t { for_now, handed_over, for_good };

/// Whose checkpoint is restored: that of an earlier daemon, or of the pool this one replaces.
enum class Origin : std::uint8_t { earlier_run, former_pool };

class Actuator {
public:
    Actuator() = default;
    Actuator(const Actuator&) = delete;
    Actuator& operator=(const Actuator&) = delete;
    virtual ~Actuator() = default;

    /// The provider's object, kind and full name: "deployment/prod/web". With the provider's name
    /// it is the pool's identity: two policies on one identity are refused.
    [[nodiscard]] virtual std::string identity() const = 0;

    /// How many there are, asked of the provider. Complete and cheap. `now` stamps the answer.
    [[nodiscard]] virtual boost::asio::awaitable<Result<Observed>> observe(TimePoint now,
                                                                           Deadline deadline) = 0;

    /// Makes the pool `step.to` large. Idempotent: the same step again changes nothing more.
    /// A refused(conflict) means somebody else changed the count since `step.from` was seen.
    [[nodiscard]] virtual boost::asio::awaitable<Outcome> apply(Step step,
                                                                TimePoint now,
                                                                Deadline deadline) = 0;

    /// Upkeep between steps (restart what crashed, finish what stops). Gives back when it wants to
    /// be called again; the daemon also calls it when a child of its own ended, and at once after
    /// apply (once the checkpoint is saved): apply notes the number, tend starts and stops.
    [[nodiscard]] virtual boost::asio::awaitable<Duration> tend(TimePoint now, Deadline deadline);

    /// Upkeep in a dry run: as tend, for what runs or has run. What never ran is not started.
    [[nodiscard]] virtual boost::asio::awaitable<Duration> keep_up(TimePoint now,
                                                                   Deadline deadline);

    /// What it must find again after a restart, as one JSON text ("" = nothing). Saved by the
    /// daemon, durable before any step that depends on it is called done.
    [[nodiscard]] virtual std::string checkpoint() const { return {}; }

    /// Takes a checkpoint. Called once, before anything else.
    [[nodiscard]] virtual Status restore(const std::string& checkpoint,
                                         Origin origin,
                                         TimePoint now);

    /// Ends what must not outlive the daemon (children without keep), or the pool's place in the
    /// policy file (all children). Called once, at the end.
    [[nodiscard]] virtual boost::asio::awaitable<void> close(Closing why,
                                                             TimePoint now,
                                                             Deadline deadline);

    /// Why replicas that should run do not, as one sentence without a full stop ("3 of 4 failing,
    /// last: web[2] exited with status 3 after 12ms, started again in 8s"); "" when none. Rests on
    /// what the last tend saw; asks nobody.
    [[nodiscard]] virtual std::string trouble() const { return {}; }

    /// How often a replica that had failed was started again, or that was tried, since this
    /// actuator was made.
    [[nodiscard]] virtual std::uint64_t restarts() const { return 0; }

    /// Takes the notes gathered since the last call.
    [[nodiscard]] virtual std::vector<Note> take_notes() { return {}; }
};

}  // namespace tided::actuators
