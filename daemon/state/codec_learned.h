// codec_learned: the parts of a policy's memory that are learned: latency curves and, for
// capacities, what policy/forecast keeps of a load. Numbers of a load are floats: the 32 bits of
// one as a varint, so that the many zeros of a young memory are a byte each; the calendar of habits
// lists the bins that have a vote. Whatever is read is held to what could have been written:
// finite, not below zero, indices within their arrays.
#pragma once

#include "daemon/state/wire.h"
#include "policy/state.h"

namespace tided::daemon {

void put_curves(const policy::PolicyState& state, Writer& out);
void take_curves(Reader& in, policy::PolicyState& state);
/// As written before the name of a curve's load was.
void take_curves_of_no_load(Reader& in, policy::PolicyState& state);

void put_loads(const policy::PolicyState& state, Writer& out);
void take_loads(Reader& in, policy::PolicyState& state);

}  // namespace tided::daemon
