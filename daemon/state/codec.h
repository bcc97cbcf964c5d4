// codec: a policy's memory as a small blob, the column `state` of table policies.
//
//   blob    = 0x01 list(recommendations) list(ups) list(downs)
//   list    = varint(count) { zigzag(ms since the entry before) zigzag(number - number before) }
//   varint  = 7 bits a byte, lowest first, high bit = more; zigzag = sign in the lowest bit
//
// An HPA list of one entry per 5 s takes 3-4 bytes an entry, so a tick of 10,000 policies writes
// little. JSON of the same is in json.h, for export only.
#pragma once

#include <string>
#include <string_view>

#include "policy/state.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

/// Appends the blob to `out`.
void encode(const policy::PolicyState& state, std::string& out);

/// The inverse. Errors: corrupt (cut, a newer format, numbers out of range).
[[nodiscard]] Result<policy::PolicyState> decode(std::string_view blob);

}  // namespace tided::daemon
