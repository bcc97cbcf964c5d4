// StateStore: everything that survives the daemon, in one SQLite file with a thread of its own.
//
//   tided.db      policies (history, pause), learned (what policies learn slowly), usages (of
//                 instances, for sizing), pools (checkpoint), steps, events, facts
//   tided.lock    held for the daemon's life: a second daemon on the same directory is refused
//
// Loss bound: one tick for history, one minute for what is learned (a table of its own: its rows
// are larger, and 10,000 policies need not write them at every tick), none for steps, pauses and
// checkpoints.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "policy/guard.h"
#include "policy/state.h"
#include "policy/vocab/event.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

struct PolicyRecord {
    std::string name;
    policy::PolicyState state;
    std::optional<policy::Pause> pause;
};

enum class StepPhase : std::uint8_t {
    intended,  ///< journalled; whether the call left is unknown until an outcome follows
    pending,   ///< the provider accepted it, the effect is awaited
    finished,  ///< outcome known
};

struct StepRecord {
    Step step;
    std::string identity;  ///< provider/kind/name of the pool
    StepPhase phase = StepPhase::intended;
    TimePoint intended_at{};
    std::optional<TimePoint> finished_at;
    std::string outcome;  ///< "done", "refused", "failed", "" while open
    std::string message;
};

struct PoolRecord {
    std::string identity;
    std::string checkpoint;
};

/// What is known of the usage of a policy's instances (usage_codec.h).
struct UsageRecord {
    std::string policy;
    std::string history;
};

/// One transaction.
struct Batch {
    std::vector<PolicyRecord> policies;
    std::vector<PoolRecord> pools;
    std::vector<StepRecord> steps;
    std::vector<Event> events;
    std::map<std::string, std::string> facts;  ///< small named values (wall/steady anchor …)
    std::vector<std::string> dropped_facts{};  ///< by name, after all of the above
    std::vector<std::string> dropped_pools{};  ///< by identity
    std::vector<UsageRecord> usages{};

    [[nodiscard]] bool empty() const {
        return policies.empty() && pools.empty() && steps.empty() && events.empty() &&
               facts.empty() && dropped_facts.empty() && dropped_pools.empty() && usages.empty();
    }
};

enum class Durability : std::uint8_t {
    tick,  ///< survives a crash of the process; a power cut may lose the last tick
    full,  ///< on disk before it is called written (synchronous=FULL)
};

/// Something stored that cannot be read; whose it is begins anew without it.
struct Damage {
    std::string policy;
    std::string fact;     ///< under which it is kept
    std::string bytes;    ///< in hexadecimal digits
    std::string message;  ///< why
};

/// The fact that keeps what was stored as `what` of a policy: "damaged/usage/web".
[[nodiscard]] std::string damaged_fact(std::string_view what, const std::string& policy);

/// What the last run left.
struct Snapshot {
    std::map<std::string, PolicyRecord> policies;
    std::map<std::string, std::string> checkpoints;  ///< by identity
    std::map<std::string, std::string> usages{};     ///< by policy
    std::vector<StepRecord> open_steps;              ///< intended or pending
    std::map<std::string, std::string> facts;
    std::vector<Damage> damage{};  ///< of policies; already kept as facts
    std::uint64_t boot = 0;        ///< count of openings, 1 for a new file: makes step ids unique
};

struct EventQuery {
    std::string policy{};  ///< "" = all
    std::optional<TimePoint> since = std::nullopt;
    std::optional<TimePoint> until = std::nullopt;
    std::size_t limit = 100;                       ///< newest first
    std::optional<EventKind> kind = std::nullopt;  ///< none = all
};

struct StoreOptions {
    std::string directory;
    Duration retention = std::chrono::hours{24 * 30};
    std::size_t event_limit = 1'000'000;
};

class StateStore {
public:
    /// Opens or creates; locks the directory; migrates an older schema forward after copying the
    /// file to tided.db.v<N>. What a policy has learned and cannot be read is put aside, see
    /// Damage. Errors: another daemon holds the lock (its pid is named), a newer schema, a corrupt
    /// file (refused with advice, never replaced), no right to write.
    [[nodiscard]] static Result<std::unique_ptr<StateStore>> open(StoreOptions options,
                                                                  boost::asio::any_io_executor io);
    ~StateStore();
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;

    /// What open() found. Valid until the first commit.
    [[nodiscard]] const Snapshot& snapshot() const;

    /// Queues one transaction on the store's thread; completes on the io executor when it is
    /// written. Transactions are written in the order of the calls. An error (disk full …) leaves
    /// the file as it was before the batch.
    [[nodiscard]] boost::asio::awaitable<Status> commit(Batch batch, Durability durability);

    /// Events, newest first.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<Event>>> events(EventQuery query);

    /// Transactions queued and not yet written.
    [[nodiscard]] std::size_t backlog() const;

    struct Impl;

private:
    explicit StateStore(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Everything as one JSON document (version, policies, pools, steps, events), and back into an
/// empty directory: `tided state export|import`. The daemon must not run on it.
[[nodiscard]] Result<std::string> export_state(const std::string& directory);
[[nodiscard]] Status import_state(const std::string& directory, const std::string& json);

}  // namespace tided::daemon
