#include "daemon/state/schema.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/state/codec.h"
#include "daemon/state/json.h"
#include "daemon/state/ownership.h"

namespace tided::daemon {
namespace {

constexpr std::int64_t application_id = 0x74696465;

constexpr const char* tables = R"sql(
CREATE TABLE policies(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, state BLOB NOT NULL, written INTEGER NOT NULL,
    pause_owner TEXT, pause_reason TEXT, pause_since INTEGER, pause_until INTEGER);
CREATE TABLE pools(identity TEXT PRIMARY KEY, checkpoint TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE steps(
    id TEXT PRIMARY KEY, policy TEXT NOT NULL, pool TEXT NOT NULL, identity TEXT NOT NULL,
    from_count INTEGER NOT NULL, to_count INTEGER NOT NULL, phase INTEGER NOT NULL,
    intended_at INTEGER NOT NULL, finished_at INTEGER, outcome TEXT NOT NULL, message TEXT NOT NULL);
CREATE INDEX open_steps ON steps(phase) WHERE phase < 2;
CREATE INDEX finished_steps ON steps(finished_at) WHERE phase = 2;
CREATE TABLE events(
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, severity INTEGER NOT NULL,
    policy TEXT NOT NULL, pool TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
    step TEXT NOT NULL, from_count INTEGER NOT NULL, to_count INTEGER NOT NULL,
    outcome TEXT NOT NULL, reasons TEXT NOT NULL);
CREATE INDEX events_at ON events(at);
CREATE INDEX events_policy ON events(policy, at);
CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)sql";

/// What came after version 1.
constexpr const char* records_and_learned = R"sql(
ALTER TABLE events ADD COLUMN record BLOB NOT NULL DEFAULT x'';
CREATE TABLE learned(id INTEGER PRIMARY KEY, state BLOB NOT NULL);
CREATE TRIGGER forget AFTER DELETE ON policies BEGIN DELETE FROM learned WHERE id = old.id; END;
)sql";

constexpr const char* usages = R"sql(
CREATE TABLE usages(policy TEXT NOT NULL UNIQUE, history BLOB NOT NULL, written INTEGER NOT NULL);
CREATE INDEX old_usages ON usages(written);
)sql";

Status create(Database& database) {
    return database.execute(std::string{"BEGIN IMMEDIATE;"} + tables + records_and_learned +
                            usages + "PRAGMA application_id = " + std::to_string(application_id) +
                            "; PRAGMA user_version = " + std::to_string(state_schema_version) +
                            "; COMMIT");
}

/// Copies the rows of version 0 into the new tables.
Status convert_documents(Database& database) {
    auto read = database.prepare("SELECT document FROM old_policies ORDER BY name");
    auto write = database.prepare(
        "INSERT INTO policies(name, state, written, pause_owner, pause_reason, pause_since, "
        "pause_until) VALUES(?, ?, unixepoch() * 1000, ?, ?, ?, ?)");
    if (!read || !write) {
        return fail(read ? write.error() : read.error());
    }
    for (;;) {
        const Result<bool> row = read->step();
        if (!row || !*row) {
            return row ? Status{} : Status{fail(row.error())};
        }
        const Result<PolicyRecord> record = parse_policy(read->text(0));
        if (!record) {
            return fail(ErrorCode::corrupt, "a policy of schema 0: " + record.error().message);
        }
        std::string blob;
        encode(record->state, blob);
        write->bind(1, record->name).bind_blob(2, blob);
        for (int column = 3; column <= 6; ++column) {
            write->bind_null(column);
        }
        if (record->pause) {
            write->bind(3, record->pause->owner).bind(4, record->pause->reason);
            write->bind(5, record->pause->since.time_since_epoch().count());
            if (record->pause->until) {
                write->bind(6, record->pause->until->time_since_epoch().count());
            }
        }
        if (Status written = write->run(); !written) {
            return written;
        }
    }
}

Status from_0_to_1(Database& database) {
    Status status = database.execute(
        "ALTER TABLE policies RENAME TO old_policies; ALTER TABLE facts RENAME TO old_facts;");
    if (status) {
        status = database.execute(tables);
    }
    if (status) {
        status = convert_documents(database);
    }
    if (status) {
        status = database.execute(
            "INSERT INTO facts SELECT name, value FROM old_facts;"
            "DROP TABLE old_policies; DROP TABLE old_facts;"
            "PRAGMA application_id = " +
            std::to_string(application_id));
    }
    return status;
}

Status from_1_to_2(Database& database) {
    return database.execute(std::string{records_and_learned} + usages);
}

/// migrations[N] leads from version N to N + 1.
using Migration = Status (*)(Database&);
constexpr std::array<Migration, state_schema_version> migrations{&from_0_to_1, &from_1_to_2};

/// A copy made by SQLite itself: closing a descriptor of our own on the file would drop its locks.
Status keep_copy(Database& database, const std::string& copy) {
    const std::string half = copy + ".part";
    ::unlink(half.c_str());
    auto vacuum = database.prepare("VACUUM INTO ?");
    if (!vacuum) {
        return fail(vacuum.error());
    }
    vacuum->bind(1, half);
    if (Status copied = vacuum->run(); !copied) {
        ::unlink(half.c_str());
        return copied;
    }
    const int file = ::open(half.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const bool safe = file >= 0 && hand_over(file, half) && ::fchmod(file, 0640) == 0 &&
                      ::fsync(file) == 0 && ::rename(half.c_str(), copy.c_str()) == 0;
    const int error = errno;
    if (file >= 0) {
        ::close(file);
    }
    return safe ? Status{} : fail(ErrorCode::unavailable, std::generic_category().message(error));
}

Status migrate(Database& database, const std::string& path, std::int64_t version) {
    const std::string copy = path + ".v" + std::to_string(version);
    if (Status kept = keep_copy(database, copy); !kept) {
        return fail(
            Error{kept.error()}.within("copying the old state to " + copy + " before migrating"));
    }
    Status status = database.execute("BEGIN IMMEDIATE");
    for (auto from = static_cast<std::size_t>(version); status && from < migrations.size();
         ++from) {
        status = migrations[from](database);
    }
    if (status) {
        status = database.execute("PRAGMA user_version = " + std::to_string(state_schema_version) +
                                  "; COMMIT");
    }
    if (!status) {
        if (!database.idle()) {
            static_cast<void>(database.execute("ROLLBACK"));
        }
        return fail(Error{status.error()}.within("migrating " + path + " from schema " +
                                                 std::to_string(version)));
    }
    return {};
}

Status check_tables(Database& database) {
    for (const char* table : {"policies", "learned", "pools", "steps", "facts", "usages"}) {
        auto check = database.prepare(std::string{"PRAGMA quick_check("} + table + ")");
        if (!check) {
            return fail(check.error());
        }
        const Result<bool> row = check->step();
        if (!row) {
            return fail(row.error());
        }
        if (*row && check->text(0) != "ok") {
            return fail(ErrorCode::corrupt, std::string{check->text(0)});
        }
    }
    return {};
}

/// Brings the schema up to date, whatever the file was.
Status bring_up(Database& database, const std::string& path) {
    const auto version = database.number("PRAGMA user_version");
    const auto objects = database.number("SELECT count(*) FROM sqlite_master");
    const auto application = database.number("PRAGMA application_id");
    if (!version || !objects || !application) {
        return fail(!version ? version.error() : !objects ? objects.error() : application.error());
    }
    if (*version > state_schema_version) {
        return fail(ErrorCode::unsupported,
                    path + " has schema " + std::to_string(*version) + ", this tided knows up to " +
                        std::to_string(state_schema_version) +
                        ": install the newer tided again, or import an export made with it");
    }
    if (*objects == 0) {
        return create(database);
    }
    if (*application != 0 && *application != application_id) {
        return fail(ErrorCode::corrupt, "it belongs to another program");
    }
    if (*version < state_schema_version) {
        return migrate(database, path, *version);
    }
    return check_tables(database);
}

Result<Database> open_current(const std::string& path) {
    const Result<int> file = open_or_make(path);
    if (!file) {
        return fail(file.error());
    }
    ::close(*file);  // before SQLite has locks on it, which this would drop
    Result<Database> database = Database::open(path);
    if (!database) {
        return database;
    }
    Status status = database->execute(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA locking_mode = EXCLUSIVE;"
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;"
        "PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -32768;"  // kB at most: a tick of 100,000 policies stays in it
        "PRAGMA wal_checkpoint(TRUNCATE)");
    if (status) {
        status = bring_up(*database, path);
    }
    if (!status) {
        return fail(status.error());
    }
    return database;
}

}  // namespace

Error unreadable(const std::string& path, const Error& error) {
    if (error.code != ErrorCode::corrupt) {
        return error;
    }
    return {.code = ErrorCode::corrupt,
            .message = path + " cannot be read as state: " + error.message +
                       "; it was left as it is. Put back a copy, or move it away to start with no "
                       "history (pauses and half-done steps are then forgotten)"};
}

Result<Database> open_database(const std::string& directory) {
    const std::string path = directory + "/tided.db";
    Result<Database> database = open_current(path);
    return database ? std::move(database) : fail(unreadable(path, database.error()));
}

}  // namespace tided::daemon
