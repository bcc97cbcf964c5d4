// sqlite: the few SQLite calls the state store needs, with errors as values. A Database is used
// by one thread. Nothing here knows a table.
//
// SQLite's results become: FULL -> out_of_capacity, READONLY/PERM/AUTH/CANTOPEN -> forbidden,
// CORRUPT/NOTADB -> corrupt, BUSY/LOCKED -> conflict, else unavailable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "policy/vocab/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tided::daemon {

class Database;

/// A prepared statement. Bound text and blobs must live until the step that uses them returns.
class Statement {
public:
    Statement() = default;

    /// Positions count from 1.
    Statement& bind(int position, std::int64_t value);
    Statement& bind(int position, std::string_view text);
    Statement& bind_blob(int position, std::string_view bytes);
    Statement& bind_null(int position);

    /// True: a row is there to read. False: finished (and reset).
    [[nodiscard]] Result<bool> step();
    /// Runs to the end, ignoring rows, and resets.
    [[nodiscard]] Status run();
    void reset();

    /// Columns count from 0; valid after step() gave true. Views live until the next step.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string_view blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
public:
    /// Opens an existing file for reading and writing (create it first, with its mode).
    [[nodiscard]] static Result<Database> open(const std::string& path);

    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    /// One or several statements without parameters.
    [[nodiscard]] Status execute(const std::string& sql);
    /// The first column of the first row ("PRAGMA user_version"); 0 when there is none.
    [[nodiscard]] Result<std::int64_t> number(std::string_view sql);

    /// From here on commits leave the write-ahead log as it is: checkpoint() carries it into the
    /// file, at an hour that the caller chooses.
    void checkpoint_apart();
    [[nodiscard]] Status checkpoint();
    /// What the log held after the last commit. REQUIRES: checkpoint_apart().
    [[nodiscard]] int log_pages() const { return *log_pages_; }

    /// True outside a transaction: SQLite ends one by itself on some errors (disk full).
    [[nodiscard]] bool idle() const;
    [[nodiscard]] std::int64_t changes() const;

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<int> log_pages_ = std::make_unique<int>(0);  ///< SQLite knows where it is
    std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace tided::daemon
