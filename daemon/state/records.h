// records: batches, the snapshot and event queries as rows of tided.db. All statements are
// prepared once, so a tick of 10,000 policies is 10,000 short updates by row id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/state/sqlite.h"
#include "daemon/state/store.h"

namespace tided::daemon {

class Records {
public:
    /// REQUIRES: a current schema (open_database).
    [[nodiscard]] static Result<Records> open(Database database);

    [[nodiscard]] Result<Snapshot> read_snapshot();
    /// Everything, oldest first, for export.
    [[nodiscard]] Result<Batch> read_everything();
    /// What the last reading found that cannot be read, kept among the facts it gave.
    [[nodiscard]] const std::vector<Damage>& damage() const { return damage_; }
    [[nodiscard]] Result<std::vector<Event>> read_events(const EventQuery& query);

    [[nodiscard]] Status begin(Durability durability);
    [[nodiscard]] Status write(const Batch& batch, TimePoint now);
    [[nodiscard]] Status commit();
    void rollback();

    /// Carries the log into the file once it is long, which takes two fsyncs: nobody has to wait
    /// for that who waits for a commit. A failure costs room alone: it is tried again.
    void checkpoint();

    /// Deletes at most `bite` rows of each kind that are older than `cutoff`, and of events past
    /// `event_limit` (oldest first). Gives how many went. REQUIRES: within a transaction.
    [[nodiscard]] Result<std::size_t> retire(TimePoint cutoff,
                                             std::size_t event_limit,
                                             std::size_t bite);
    /// Gives free pages back to the file system, a few at a time.
    [[nodiscard]] Status shrink();
    [[nodiscard]] Database& database() { return database_; }

private:
    struct Row {
        std::int64_t id = 0;
        std::int64_t minute = 0;  ///< in which what it learned was written
        /// What was written after it the last time: ticks write policies in the same order, and a
        /// guess along memory costs a tenth of a look-up.
        std::pair<const std::string, Row>* next = nullptr;
    };
    using NamedRow = std::pair<const std::string, Row>;
    struct Statements {
        Statement update_policy, insert_policy, learned, pool, step, event, fact, drop_fact,
            drop_pool;
        Statement usage, old_events, extra_events, old_steps, old_usages, old_policies;
    };

    [[nodiscard]] Status prepare_all();
    /// The row of that policy, null when there is none.
    [[nodiscard]] NamedRow* find_row(const std::string& policy);
    void follow(NamedRow& row);  ///< it was written after the one before
    void erase_row(const std::string& policy);
    [[nodiscard]] Status write_policy(const PolicyRecord& record, TimePoint now);
    [[nodiscard]] Status write_learned(const PolicyRecord& record, Row& row, TimePoint now);
    [[nodiscard]] Status write_step(const StepRecord& record);
    [[nodiscard]] Status write_event(const Event& event);
    [[nodiscard]] Result<std::vector<PolicyRecord>> read_policies();
    [[nodiscard]] Result<std::vector<PoolRecord>> read_pools();
    [[nodiscard]] Result<std::vector<StepRecord>> read_steps(std::string_view condition);
    [[nodiscard]] Result<std::map<std::string, std::string>> read_facts();
    [[nodiscard]] Result<std::vector<UsageRecord>> read_usages();
    /// Everything but events; of the steps those of the SQL condition.
    [[nodiscard]] Result<Batch> read_tables(std::string_view steps);

    std::vector<Damage> damage_;
    Database database_;
    Statements statements_;
    std::unordered_map<std::string, Row> rows_;  ///< by policy
    NamedRow* last_row_ = nullptr;               ///< written last
    std::vector<std::string> new_rows_;          ///< names added to rows_ by the open transaction
    std::vector<Row*> learned_rows_;             ///< those whose minute it changed
    std::string blob_;
    std::int64_t event_count_ = 0;
    std::int64_t event_change_ = 0;  ///< by the open transaction
    Durability durability_ = Durability::full;
};

}  // namespace tided::daemon
