// DecisionRecord: everything that went into one decision, so that it can be made again: the same
// record and the same policy give the same decision, byte for byte (`tided explain --at`).
//
//   blob = 0x01 now observed readings state(codec.h) rules desired
//
// It rides on the decision's event in the journal. `rules` is the fingerprint of the policy as it
// was written: a record is recomputed with the rules of today, and the answer says when those are
// others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/state.h"
#include "policy/vocab/observed.h"
#include "policy/vocab/reading.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

struct DecisionRecord {
    TimePoint now{};
    std::optional<Observed> observed = std::nullopt;
    std::vector<Reading> readings = {};
    policy::PolicyState state = {};  ///< before the decision
    std::uint64_t rules = 0;
    std::optional<Replicas> desired = std::nullopt;  ///< none: the observation was unknown

    friend bool operator==(const DecisionRecord&, const DecisionRecord&) = default;
};

[[nodiscard]] std::string encode(const DecisionRecord& record);

/// Errors: corrupt.
[[nodiscard]] Result<DecisionRecord> decode_record(std::string_view blob);

}  // namespace tided::daemon
