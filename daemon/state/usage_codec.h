// usage_codec: what is known of the usage of a policy's instances as a small blob, the column
// `history` of table usages.
//
//   blob      = 0x01 zigzag(last collection) list(entry) list(instance) list(loaded)
//   entry     = key zigzag(created) history         key = text(scope) text(container) labels
//   instance  = text(scope) text(name) labels list(text(container) meter)
//   loaded    = text(container) history
//   history   = aggregate per class of days         aggregate = 2 histograms, instants, samples
//   histogram = half-life reference min max first total list(8-byte weights)
//
// wire.h has the numbers; instants are zigzagged milliseconds. Every double stays what it was.
#pragma once

#include <string>
#include <string_view>

#include "policy/vocab/result.h"
#include "policy/vpa/snapshot.h"

namespace tided::daemon {

[[nodiscard]] std::string encode(const policy::vpa::Snapshot& usage);

/// Errors: corrupt (cut, a newer format, numbers out of range). Whether histograms can be what they
/// say is judged by Ledger::restored().
[[nodiscard]] Result<policy::vpa::Snapshot> decode_usage(std::string_view blob);

}  // namespace tided::daemon
