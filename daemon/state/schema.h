// schema: the tables of tided.db and how an older file becomes a current one.
//
//   PRAGMA application_id = 0x74696465 ("tide"), PRAGMA user_version = schema version
//   0  JSON documents: policies(name, document), facts(name, value)
//   1  today's tables, histories as blobs
//
// Forward only: before a migration the file is copied to tided.db.v<N>; a newer schema is
// refused. A new version adds one row to the table of migrations and never edits an old one.
#pragma once

#include <string>

#include "daemon/state/sqlite.h"

namespace tided::daemon {

inline constexpr int state_schema_version = 2;

/// Opens `directory`/tided.db (created 0640 when missing) with a current schema, in WAL mode with
/// an exclusive lock. Errors: forbidden, corrupt (with advice), unsupported (newer schema).
/// REQUIRES: the directory's StateLock is held.
[[nodiscard]] Result<Database> open_database(const std::string& directory);

/// What a corrupt file is refused with: the error, and what an operator can do. Others go through.
[[nodiscard]] Error unreadable(const std::string& path, const Error& error);

}  // namespace tided::daemon
