#include "daemon/state/sqlite.h"

#include <sqlite3.h>

namespace tided::daemon {
namespace {

ErrorCode code_of(int result) {
    switch (result & 0xff) {
        case SQLITE_FULL:
            return ErrorCode::out_of_capacity;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_CANTOPEN:
            return ErrorCode::forbidden;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ErrorCode::corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ErrorCode::conflict;
        case SQLITE_MISUSE:
        case SQLITE_RANGE:
        case SQLITE_ERROR:
        case SQLITE_CONSTRAINT:
            return ErrorCode::internal;
        default:
            return ErrorCode::unavailable;
    }
}

tl::unexpected<Error> failure(sqlite3* database, int result) {
    const char* text = database == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(database);
    return fail(code_of(result), text);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

void Database::Close::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Statement& Statement::bind(int position, std::int64_t value) {
    sqlite3_bind_int64(statement_.get(), position, value);
    return *this;
}

Statement& Statement::bind(int position, std::string_view text) {
    const char* data = text.data() == nullptr ? "" : text.data();
    sqlite3_bind_text64(statement_.get(), position, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind_blob(int position, std::string_view bytes) {
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    sqlite3_bind_blob64(statement_.get(), position, data, bytes.size(), SQLITE_STATIC);
    return *this;
}

Statement& Statement::bind_null(int position) {
    sqlite3_bind_null(statement_.get(), position);
    return *this;
}

Result<bool> Statement::step() {
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) {
        return true;
    }
    if (result == SQLITE_DONE) {
        sqlite3_reset(statement_.get());
        return false;
    }
    const auto error = failure(sqlite3_db_handle(statement_.get()), result);
    sqlite3_reset(statement_.get());
    return error;
}

Status Statement::run() {
    for (;;) {
        const Result<bool> row = step();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return {};
        }
    }
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
    return blob(column);
}

std::string_view Statement::blob(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    if (data == nullptr) {
        return {};
    }
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Result<Database> Database::open(const std::string& path) {
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    const int result = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    Database database;
    database.database_.reset(raw);
    if (result != SQLITE_OK) {
        return failure(raw, result);
    }
    sqlite3_extended_result_codes(raw, 1);
    return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int result = sqlite3_prepare_v3(database_.get(),
                                          sql.data(),
                                          static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT,
                                          &raw,
                                          nullptr);
    if (result != SQLITE_OK) {
        return failure(database_.get(), result);
    }
    Statement statement;
    statement.statement_.reset(raw);
    return statement;
}

Status Database::execute(const std::string& sql) {
    const int result = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) {
        return failure(database_.get(), result);
    }
    return {};
}

Result<std::int64_t> Database::number(std::string_view sql) {
    Result<Statement> statement = prepare(sql);
    if (!statement) {
        return fail(std::move(statement).error());
    }
    const Result<bool> row = statement->step();
    if (!row) {
        return fail(row.error());
    }
    return *row ? statement->integer(0) : 0;
}

void Database::checkpoint_apart() {
    const auto note = [](void* pages, sqlite3* /*database*/, const char* /*name*/, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(database_.get(), note, log_pages_.get());  // in the place of SQLite's own
}

Status Database::checkpoint() {
    return execute("PRAGMA wal_checkpoint(PASSIVE)");
}

bool Database::idle() const {
    return sqlite3_get_autocommit(database_.get()) != 0;
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(database_.get());
}

}  // namespace tided::daemon
