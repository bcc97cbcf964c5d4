#include "daemon/state/records.h"

#include <algorithm>
#include <utility>

#include "daemon/state/codec.h"
#include "daemon/state/json.h"

namespace tided::daemon {
namespace {

std::int64_t milliseconds(TimePoint at) {
    return at.time_since_epoch().count();
}

void bind(Statement& statement, int position, const std::optional<TimePoint>& at) {
    if (at) {
        statement.bind(position, milliseconds(*at));
    } else {
        statement.bind_null(position);
    }
}

void bind_pause(Statement& statement, int first, const std::optional<policy::Pause>& pause) {
    if (!pause) {
        for (int position = first; position < first + 4; ++position) {
            statement.bind_null(position);
        }
        return;
    }
    statement.bind(first, pause->owner).bind(first + 1, pause->reason);
    statement.bind(first + 2, milliseconds(pause->since));
    bind(statement, first + 3, pause->until);
}

/// Prepares `sql` into `out` unless an earlier one already failed.
void prepare(Database& database, std::string_view sql, Statement& out, Status& status) {
    if (!status) {
        return;
    }
    Result<Statement> made = database.prepare(sql);
    if (made) {
        out = std::move(*made);
    } else {
        status = fail(made.error());
    }
}

}  // namespace

Result<Records> Records::open(Database database) {
    Records records;
    records.database_ = std::move(database);
    records.database_.checkpoint_apart();
    if (Status prepared = records.prepare_all(); !prepared) {
        return fail(prepared.error());
    }
    const auto events = records.database_.number("SELECT count(*) FROM events");
    if (!events) {
        return fail(events.error());
    }
    records.event_count_ = *events;
    auto names = records.database_.prepare("SELECT id, name FROM policies");
    if (!names) {
        return fail(names.error());
    }
    for (;;) {
        const Result<bool> row = names->step();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return records;
        }
        records.rows_.emplace(names->text(1), Row{.id = names->integer(0)});
    }
}

Status Records::prepare_all() {
    Status status;
    const auto add = [&](std::string_view sql, Statement& out) {
        prepare(database_, sql, out, status);
    };
    add("UPDATE policies SET state=?2, written=?3, pause_owner=?4, pause_reason=?5, "
        "pause_since=?6, pause_until=?7 WHERE id=?1",
        statements_.update_policy);
    add("INSERT INTO policies(name, state, written, pause_owner, pause_reason, pause_since, "
        "pause_until) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(name) DO UPDATE SET state=?2, "
        "written=?3, pause_owner=?4, pause_reason=?5, pause_since=?6, pause_until=?7 RETURNING id",
        statements_.insert_policy);
    add("INSERT OR REPLACE INTO learned(id, state) VALUES(?, ?)", statements_.learned);
    add("INSERT OR REPLACE INTO pools(identity, checkpoint) VALUES(?, ?)", statements_.pool);
    add("INSERT OR REPLACE INTO steps(id, policy, pool, identity, from_count, to_count, phase, "
        "intended_at, finished_at, outcome, message) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
        statements_.step);
    add("INSERT INTO events(at, kind, severity, policy, pool, subject, text, step, from_count, "
        "to_count, outcome, reasons, record) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        statements_.event);
    add("INSERT OR REPLACE INTO facts(name, value) VALUES(?, ?)", statements_.fact);
    add("DELETE FROM facts WHERE name = ?", statements_.drop_fact);
    add("DELETE FROM pools WHERE identity = ?", statements_.drop_pool);
    add("INSERT OR REPLACE INTO usages(policy, history, written) VALUES(?, ?, ?)",
        statements_.usage);
    add("DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ?1 ORDER BY at LIMIT ?2)",
        statements_.old_events);
    add("DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY at, id LIMIT ?1)",
        statements_.extra_events);
    add("DELETE FROM steps WHERE id IN (SELECT id FROM steps WHERE phase = 2 AND finished_at < ?1 "
        "ORDER BY finished_at LIMIT ?2)",
        statements_.old_steps);
    add("DELETE FROM usages WHERE rowid IN (SELECT rowid FROM usages WHERE written < ?1 LIMIT ?2)",
        statements_.old_usages);
    add("DELETE FROM policies WHERE id IN (SELECT id FROM policies WHERE written < ?1 AND "
        "pause_owner IS NULL LIMIT ?2) RETURNING name",
        statements_.old_policies);
    return status;
}

Status Records::begin(Durability durability) {
    if (durability != durability_) {
        const char* pragma = durability == Durability::full ? "PRAGMA synchronous = FULL"
                                                            : "PRAGMA synchronous = NORMAL";
        if (Status set = database_.execute(pragma); !set) {
            return set;
        }
        durability_ = durability;
    }
    return database_.execute("BEGIN IMMEDIATE");
}

Status Records::commit() {
    if (Status done = database_.execute("COMMIT"); !done) {
        rollback();
        return done;
    }
    new_rows_.clear();
    learned_rows_.clear();
    event_count_ += std::exchange(event_change_, 0);
    return {};
}

void Records::rollback() {
    for (Row* row : learned_rows_) {
        row->minute = 0;
    }
    learned_rows_.clear();
    for (const std::string& name : new_rows_) {
        erase_row(name);
    }
    new_rows_.clear();
    event_change_ = 0;
    if (!database_.idle()) {
        // A failure here means that SQLite has ended the transaction already.
        static_cast<void>(database_.execute("ROLLBACK"));
    }
}

void Records::checkpoint() {
    constexpr int long_log = 1'000;  // pages of 4 kB, as SQLite itself would have it
    if (database_.log_pages() >= long_log) {
        static_cast<void>(database_.checkpoint());
    }
}

Status Records::write(const Batch& batch, TimePoint now) {
    Status status;
    for (auto record = batch.policies.begin(); status && record != batch.policies.end(); ++record) {
        status = write_policy(*record, now);
    }
    for (auto pool = batch.pools.begin(); status && pool != batch.pools.end(); ++pool) {
        status = statements_.pool.bind(1, pool->identity).bind(2, pool->checkpoint).run();
    }
    for (auto step = batch.steps.begin(); status && step != batch.steps.end(); ++step) {
        status = write_step(*step);
    }
    for (auto event = batch.events.begin(); status && event != batch.events.end(); ++event) {
        status = write_event(*event);
    }
    for (auto fact = batch.facts.begin(); status && fact != batch.facts.end(); ++fact) {
        status = statements_.fact.bind(1, fact->first).bind(2, fact->second).run();
    }
    for (auto fact = batch.dropped_facts.begin(); status && fact != batch.dropped_facts.end();
         ++fact) {
        status = statements_.drop_fact.bind(1, *fact).run();
    }
    for (auto pool = batch.dropped_pools.begin(); status && pool != batch.dropped_pools.end();
         ++pool) {
        status = statements_.drop_pool.bind(1, *pool).run();
    }
    for (auto usage = batch.usages.begin(); status && usage != batch.usages.end(); ++usage) {
        Statement& row = statements_.usage.bind(1, usage->policy);
        status = row.bind_blob(2, usage->history).bind(3, milliseconds(now)).run();
    }
    return status;
}

Status Records::write_policy(const PolicyRecord& record, TimePoint now) {
    blob_.clear();
    encode(record.state, blob_, Share::ticking);
    const auto fill = [&](Statement& statement) -> Statement& {
        statement.bind_blob(2, blob_).bind(3, milliseconds(now));
        bind_pause(statement, 4, record.pause);
        return statement;
    };
    if (NamedRow* known = find_row(record.name)) {
        follow(*known);
        Status written = fill(statements_.update_policy.bind(1, known->second.id)).run();
        return written ? write_learned(record, known->second, now) : written;
    }
    Statement& insert = fill(statements_.insert_policy.bind(1, record.name));
    const Result<bool> written = insert.step();
    if (!written) {
        return fail(written.error());
    }
    NamedRow& row = *rows_.emplace(record.name, Row{.id = insert.integer(0)}).first;
    follow(row);
    new_rows_.push_back(record.name);
    Status ended = insert.run();
    return ended ? write_learned(record, row.second, now) : ended;
}

Records::NamedRow* Records::find_row(const std::string& policy) {
    NamedRow* guess = last_row_ == nullptr ? nullptr : last_row_->second.next;
    if (guess != nullptr && guess->first == policy) {
        return guess;
    }
    const auto known = rows_.find(policy);
    return known == rows_.end() ? nullptr : &*known;
}

void Records::follow(NamedRow& row) {
    if (last_row_ != nullptr) {
        last_row_->second.next = &row;
    }
    last_row_ = &row;
}

void Records::erase_row(const std::string& policy) {
    // The order is forgotten, or some row might point to this one. Without a last row there is
    // none.
    if (std::exchange(last_row_, nullptr) != nullptr) {
        for (NamedRow& row : rows_) {
            row.second.next = nullptr;
        }
    }
    rows_.erase(policy);
}

/// Once a minute, each policy in a second of its own.
Status Records::write_learned(const PolicyRecord& record, Row& row, TimePoint now) {
    constexpr std::int64_t minute_ms = 60'000;
    constexpr std::int64_t second_ms = 1'000;
    const std::int64_t minute = (milliseconds(now) + row.id % 60 * second_ms) / minute_ms;
    if (row.minute == minute || !has_learned(record.state)) {
        return {};
    }
    blob_.clear();
    encode(record.state, blob_, Share::learned);
    row.minute = minute;
    learned_rows_.push_back(&row);
    return statements_.learned.bind(1, row.id).bind_blob(2, blob_).run();
}

Status Records::write_step(const StepRecord& record) {
    Statement& row = statements_.step;
    row.bind(1, record.step.id).bind(2, record.step.policy).bind(3, record.step.pool);
    row.bind(4, record.identity);
    row.bind(5, std::int64_t{record.step.from.count}).bind(6, std::int64_t{record.step.to.count});
    row.bind(7, static_cast<std::int64_t>(record.phase)).bind(8, milliseconds(record.intended_at));
    bind(row, 9, record.finished_at);
    return row.bind(10, record.outcome).bind(11, record.message).run();
}

Status Records::write_event(const Event& event) {
    const std::string reasons = strings_to_json(event.reasons);
    Statement& row = statements_.event;
    row.bind(1, milliseconds(event.at)).bind(2, to_string(event.kind));
    row.bind(3, static_cast<std::int64_t>(event.severity));
    row.bind(4, event.policy).bind(5, event.pool).bind(6, event.subject).bind(7, event.text);
    row.bind(8, event.step);
    row.bind(9, std::int64_t{event.from.count}).bind(10, std::int64_t{event.to.count});
    row.bind(11, event.outcome).bind(12, reasons);
    Status written = row.bind_blob(13, event.record).run();
    if (written) {
        ++event_change_;
    }
    return written;
}

Result<std::size_t> Records::retire(TimePoint cutoff, std::size_t event_limit, std::size_t bite) {
    const auto limit = static_cast<std::int64_t>(bite);
    const std::int64_t before = milliseconds(cutoff);
    std::int64_t gone = 0;
    const auto count = [&](Statement& statement) {
        Status run = statement.run();
        if (run) {
            gone += database_.changes();
        }
        return run;
    };
    Status status = count(statements_.old_events.bind(1, before).bind(2, limit));
    const std::int64_t extra =
        event_count_ + event_change_ - gone - static_cast<std::int64_t>(event_limit);
    if (status && extra > 0) {
        status = count(statements_.extra_events.bind(1, std::min(limit, extra)));
    }
    event_change_ -= gone;
    if (status) {
        status = count(statements_.old_steps.bind(1, before).bind(2, limit));
    }
    if (status) {
        status = count(statements_.old_usages.bind(1, before).bind(2, limit));
    }
    Statement& old = statements_.old_policies.bind(1, before).bind(2, limit);
    while (status) {
        const Result<bool> row = old.step();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            break;
        }
        erase_row(std::string{old.text(0)});
        ++gone;
    }
    return status ? Result<std::size_t>{static_cast<std::size_t>(gone)} : fail(status.error());
}

Status Records::shrink() {
    return database_.execute("PRAGMA incremental_vacuum(64)");
}

}  // namespace tided::daemon
