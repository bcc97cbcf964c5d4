// DecisionRecord: everything that went into one decision, so that it can be made again: the same
// record and the same policy give the same decision, byte for byte (`tided explain --at`).
//
//   blob  = 0x02 now observed readings state(codec.h) rules desired 0|1 [bound bound paid 0|1 made]
//   bound = count rule+1|0 [until]
//
// It rides on the decision's event in the journal. `rules` is the fingerprint of the policy as it
// was written, `in_force` what prices, days and calendars made of it then: a record is recomputed
// with the rules of today, and the answer says when those are others. 0x01 had no `in_force` and is
// still read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/schedule.h"
#include "policy/state.h"
#include "policy/vocab/observed.h"
#include "policy/vocab/reading.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

/// What held at the time of a decision and is not in the text of its policy.
struct InForce {
    policy::Bounds bounds{};
    bool max_is_paid_for = false;  ///< the max is what its cost allows
    /// When the table of its schedule was made (config::made_at); none: there was none.
    std::optional<TimePoint> table_made = std::nullopt;

    friend bool operator==(const InForce&, const InForce&) = default;
};

struct DecisionRecord {
    TimePoint now{};
    std::optional<Observed> observed = std::nullopt;
    std::vector<Reading> readings = {};
    policy::PolicyState state = {};  ///< before the decision
    std::uint64_t rules = 0;
    std::optional<Replicas> desired = std::nullopt;  ///< none: the observation was unknown
    std::optional<InForce> in_force = std::nullopt;  ///< none: it was not kept

    friend bool operator==(const DecisionRecord&, const DecisionRecord&) = default;
};

[[nodiscard]] std::string encode(const DecisionRecord& record);

/// Errors: corrupt.
[[nodiscard]] Result<DecisionRecord> decode_record(std::string_view blob);

}  // namespace tided::daemon
