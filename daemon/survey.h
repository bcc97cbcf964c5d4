// Survey: one round over the policies that size their instances: those that are due look at the
// usage, and what they have learned is handed over to be written, at most once a minute each.
// Apart from the tick: usage is sampled once a minute, and nobody who is not sized pays for it.
#pragma once

#include <string>
#include <vector>

#include "daemon/fleet.h"
#include "daemon/state/store.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

void survey(const Fleet& fleet, TimePoint now);

/// When what was learned is written: once its minute is over, or at once.
enum class Hurry : std::uint8_t { none, now };

/// What there is to write; it counts as written.
[[nodiscard]] std::vector<UsageRecord> take_usages(const Fleet& fleet, TimePoint now, Hurry hurry);

/// Adds to `batch` what its usages overwrite although nobody could read it.
void keep_unreadable(const Fleet& fleet, Batch& batch);

/// That is kept now.
void forget_unreadable(const Fleet& fleet, const std::vector<std::string>& policies);

/// It was not written after all: the next round has it again.
void not_written(const Fleet& fleet, const std::vector<std::string>& policies);

/// After a wall-clock jump.
void rebase_usages(const Fleet& fleet, Duration jump, TimePoint now);

}  // namespace tided::daemon
