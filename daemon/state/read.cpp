// read: the reading half of Records: rows back into records, the snapshot, event queries.
#include <utility>

#include "daemon/state/codec.h"
#include "daemon/state/json.h"
#include "daemon/state/records.h"
#include "daemon/state/wire.h"

namespace tided::daemon {
namespace {

TimePoint instant(const Statement& row, int column) {
    return TimePoint{Duration{row.integer(column)}};
}

std::optional<TimePoint> maybe_instant(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional{instant(row, column)};
}

Replicas replicas(const Statement& row, int column) {
    return {static_cast<std::int32_t>(row.integer(column))};
}

/// Calls `each(row)` for every row; stops at the first error of either.
template <typename Each>
Status for_each(Result<Statement>& query, const Each& each) {
    if (!query) {
        return fail(query.error());
    }
    for (;;) {
        const Result<bool> row = query->step();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return {};
        }
        if (Status read = each(*query); !read) {
            return read;
        }
    }
}

Status read_event(const Statement& row, std::vector<Event>& out) {
    Event event;
    if (!from_string(row.text(1), event.kind)) {
        return {};  // of a newer minor version: not ours to show
    }
    Result<std::vector<std::string>> reasons = strings_from_json(row.text(11));
    if (!reasons) {
        return fail(reasons.error());
    }
    event.at = instant(row, 0);
    event.severity = static_cast<Severity>(row.integer(2));
    event.policy = row.text(3);
    event.pool = row.text(4);
    event.subject = row.text(5);
    event.text = row.text(6);
    event.step = row.text(7);
    event.from = replicas(row, 8);
    event.to = replicas(row, 9);
    event.outcome = row.text(10);
    event.reasons = std::move(*reasons);
    event.record = row.blob(12);
    out.push_back(std::move(event));
    return {};
}

constexpr std::string_view event_columns =
    "SELECT at, kind, severity, policy, pool, subject, text, step, from_count, to_count, outcome, "
    "reasons, record FROM events ";

}  // namespace

std::string damaged_fact(std::string_view what, const std::string& policy) {
    return "damaged/" + std::string{what} + '/' + policy;
}

Result<std::vector<PolicyRecord>> Records::read_policies() {
    auto query = database_.prepare(
        "SELECT name, policies.state, pause_owner, pause_reason, pause_since, pause_until, "
        "learned.state FROM policies LEFT JOIN learned USING(id) ORDER BY name");
    std::vector<PolicyRecord> out;
    damage_.clear();
    Status read = for_each(query, [&](const Statement& row) -> Status {
        const std::string name{row.text(0)};
        Result<policy::PolicyState> state = decode(row.blob(1));
        if (!state) {
            return fail(Error{state.error()}.within("policy " + name));
        }
        Result<policy::PolicyState> learned =
            row.is_null(6) ? policy::PolicyState{} : decode(row.blob(6));
        if (learned) {
            state->curves = std::move(learned->curves);
            state->loads = std::move(learned->loads);
        } else {
            damage_.push_back({.policy = name,
                               .fact = damaged_fact("learned", name),
                               .bytes = hex_of(std::string{row.blob(6)}),
                               .message = learned.error().message});
        }
        PolicyRecord record{.name = name, .state = std::move(*state), .pause = std::nullopt};
        if (!row.is_null(2)) {
            record.pause = policy::Pause{.owner = std::string{row.text(2)},
                                         .reason = std::string{row.text(3)},
                                         .since = instant(row, 4),
                                         .until = maybe_instant(row, 5)};
        }
        out.push_back(std::move(record));
        return {};
    });
    return read ? Result<std::vector<PolicyRecord>>{std::move(out)} : fail(read.error());
}

Result<std::vector<PoolRecord>> Records::read_pools() {
    auto query = database_.prepare("SELECT identity, checkpoint FROM pools ORDER BY identity");
    std::vector<PoolRecord> out;
    Status read = for_each(query, [&](const Statement& row) -> Status {
        out.push_back(
            {.identity = std::string{row.text(0)}, .checkpoint = std::string{row.text(1)}});
        return {};
    });
    return read ? Result<std::vector<PoolRecord>>{std::move(out)} : fail(read.error());
}

Result<std::vector<StepRecord>> Records::read_steps(std::string_view condition) {
    auto query = database_.prepare(
        "SELECT id, policy, pool, identity, from_count, to_count, phase, intended_at, finished_at, "
        "outcome, message FROM steps " +
        std::string{condition} + " ORDER BY intended_at, id");
    std::vector<StepRecord> out;
    Status read = for_each(query, [&](const Statement& row) -> Status {
        out.push_back({.step = {.id = std::string{row.text(0)},
                                .policy = std::string{row.text(1)},
                                .pool = std::string{row.text(2)},
                                .from = replicas(row, 4),
                                .to = replicas(row, 5)},
                       .identity = std::string{row.text(3)},
                       .phase = static_cast<StepPhase>(row.integer(6)),
                       .intended_at = instant(row, 7),
                       .finished_at = maybe_instant(row, 8),
                       .outcome = std::string{row.text(9)},
                       .message = std::string{row.text(10)}});
        return {};
    });
    return read ? Result<std::vector<StepRecord>>{std::move(out)} : fail(read.error());
}

Result<std::map<std::string, std::string>> Records::read_facts() {
    auto query = database_.prepare("SELECT name, value FROM facts");
    std::map<std::string, std::string> out;
    Status read = for_each(query, [&](const Statement& row) -> Status {
        out.emplace(row.text(0), row.text(1));
        return {};
    });
    return read ? Result<std::map<std::string, std::string>>{std::move(out)} : fail(read.error());
}

Result<std::vector<UsageRecord>> Records::read_usages() {
    auto query = database_.prepare("SELECT policy, history FROM usages ORDER BY policy");
    std::vector<UsageRecord> out;
    Status read = for_each(query, [&](const Statement& row) -> Status {
        out.push_back({.policy = std::string{row.text(0)}, .history = std::string{row.blob(1)}});
        return {};
    });
    return read ? Result<std::vector<UsageRecord>>{std::move(out)} : fail(read.error());
}

Result<Batch> Records::read_tables(std::string_view steps) {
    auto policies = read_policies();
    auto pools = read_pools();
    auto found = read_steps(steps);
    auto facts = read_facts();
    auto usages = read_usages();
    if (!policies || !pools || !found || !facts || !usages) {
        return fail(!policies ? policies.error()
                    : !pools  ? pools.error()
                    : !found  ? found.error()
                    : !facts  ? facts.error()
                              : usages.error());
    }
    for (const Damage& damage : damage_) {
        facts->insert_or_assign(damage.fact, damage.bytes);
    }
    return Batch{.policies = std::move(*policies),
                 .pools = std::move(*pools),
                 .steps = std::move(*found),
                 .events = {},
                 .facts = std::move(*facts),
                 .usages = std::move(*usages)};
}

Result<Snapshot> Records::read_snapshot() {
    Result<Batch> tables = read_tables("WHERE phase < 2");
    if (!tables) {
        return fail(tables.error());
    }
    Snapshot snapshot;
    for (PolicyRecord& record : tables->policies) {
        std::string name = record.name;
        snapshot.policies.emplace(std::move(name), std::move(record));
    }
    for (PoolRecord& record : tables->pools) {
        snapshot.checkpoints.emplace(std::move(record.identity), std::move(record.checkpoint));
    }
    for (UsageRecord& record : tables->usages) {
        snapshot.usages.emplace(std::move(record.policy), std::move(record.history));
    }
    snapshot.open_steps = std::move(tables->steps);
    snapshot.facts = std::move(tables->facts);
    snapshot.damage = damage_;
    return snapshot;
}

Result<Batch> Records::read_everything() {
    Result<Batch> everything = read_tables("");
    if (!everything) {
        return everything;
    }
    auto events = database_.prepare(std::string{event_columns} + "ORDER BY at, id");
    Status read =
        for_each(events, [&](const Statement& row) { return read_event(row, everything->events); });
    return read ? std::move(everything) : fail(read.error());
}

Result<std::vector<Event>> Records::read_events(const EventQuery& asked) {
    std::string sql{event_columns};
    sql += "WHERE at >= ?1 AND at <= ?2 ";
    sql += asked.policy.empty() ? "" : "AND policy = ?4 ";
    sql += asked.kind ? "AND kind = ?5 " : "";
    sql += "ORDER BY at DESC, id DESC LIMIT ?3";
    auto query = database_.prepare(sql);
    if (query) {
        const auto since = asked.since.value_or(TimePoint::min());
        const auto until = asked.until.value_or(TimePoint::max());
        query->bind(1, since.time_since_epoch().count()).bind(2, until.time_since_epoch().count());
        query->bind(3, static_cast<std::int64_t>(asked.limit));
        if (!asked.policy.empty()) {
            query->bind(4, asked.policy);
        }
        if (asked.kind) {
            query->bind(5, to_string(*asked.kind));
        }
    }
    std::vector<Event> out;
    Status read = for_each(query, [&](const Statement& row) { return read_event(row, out); });
    return read ? Result<std::vector<Event>>{std::move(out)} : fail(read.error());
}

}  // namespace tided::daemon
