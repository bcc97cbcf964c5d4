// codec: a policy's memory as a small blob, the columns `state` of tables policies and learned.
//
//   blob    = 0x02 list(recommendations) list(ups) list(downs) { varint(tag) part }
//   list    = varint(count) { zigzag(ms since the entry before) zigzag(number - number before) }
//
// wire.h has the numbers; the parts (steps, conditions, an undo being watched, silences, what was
// learned: codec_learned.h) are those of codec.cpp's table, each only where there is something of
// it. 0x01 was the same without parts and is still read. An HPA list of one entry per 5 s takes 3-4
// bytes an entry, so a tick of 10,000 policies writes little. JSON of the same is in json.h, for
// export only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/state.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

/// What changes at every tick, what is learned slowly (up to 1 kB a metric), or both.
enum class Share : std::uint8_t { all, ticking, learned };

/// Appends the blob to `out`.
void encode(const policy::PolicyState& state, std::string& out, Share share = Share::all);

[[nodiscard]] bool has_learned(const policy::PolicyState& state);

/// The inverse. Errors: corrupt (cut, a newer format, numbers out of range).
[[nodiscard]] Result<policy::PolicyState> decode(std::string_view blob);

}  // namespace tided::daemon
