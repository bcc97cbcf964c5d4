// Check: holds a document against the schema and reports everything at once: unknown keys, wrong
// types, missing units, values out of range, missing keys, literal secrets. Knows nothing of how
// parts refer to each other; that is compile's.
#pragma once

#include "daemon/config/document.h"
#include "daemon/config/report.h"
#include "daemon/config/schema/schema.h"

namespace tided::config {

/// Reports mistakes and clears is_usable of each value that has one.
void check(Node& root, Report& report);

/// The table that holds for one member of `group`, or null when its type is missing or wrong.
/// For pools the type is that of the provider they name.
[[nodiscard]] const Table* table_of(const Node& root, const Group& group, const Node& member);

/// The groups, by the name of their top-level table.
[[nodiscard]] const Group* group_called(std::string_view name);

}  // namespace tided::config
