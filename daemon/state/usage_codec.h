// usage_codec: what is known of the usage of a policy's instances as a small blob, the column
// `history` of table usages.
//
//   blob      = 0x02 zigzag(last collection) list(entry) list(instance) list(loaded) list(demand)
//   entry     = key zigzag(created) history         key = text(scope) text(container) labels
//   instance  = text(scope) text(name) labels list(text(container) meter)
//   loaded    = text(container) history
//   history   = aggregate per class of days         aggregate = 2 histograms, instants, samples
//   demand    = newest slots instants kill          slot = instant mean peak ticks
//   histogram = half-life reference min max first total list(8-byte weights)
//
// There is one demand, or none; format 1 ended before it. wire.h has the numbers; instants are
// zigzagged milliseconds. Every double stays what it was.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/joint/state.h"
#include "policy/vocab/result.h"
#include "policy/vpa/snapshot.h"

namespace tided::daemon {

struct UsageMemory {
    policy::vpa::Snapshot usage{};
    std::optional<policy::joint::State> demand = std::nullopt;  ///< of all replicas together

    friend bool operator==(const UsageMemory&, const UsageMemory&) = default;
};

[[nodiscard]] std::string encode(const UsageMemory& memory);

/// Errors: corrupt (cut, a newer format, numbers out of range). Whether histograms can be what they
/// say is judged by Ledger::restored().
[[nodiscard]] Result<UsageMemory> decode_usage(std::string_view blob);

}  // namespace tided::daemon
