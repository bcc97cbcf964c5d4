// Checkpoint of a process pool: what a later run needs to find its children again.
//
//   {"version":1,"wanted":3,"begun":3,"keep":true,"first_port":8081,"children":[{"index":0,"pid":4711,
//    "start_ticks":123456,"boot":"2f4c…","phase":"ready","made":"9ae1…"},…]}
//
// Only children that have a process are listed; "stopping" means the stop signal has been sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actuators/process_pool/children.h"
#include "policy/vocab/result.h"
#include "policy/vocab/units.h"

namespace tided::actuators {

struct KeptChild {
    std::int32_t index = 0;
    ProcessId id;
    Phase phase = Phase::starting;
    std::uint64_t made = 0;  ///< as Child::made; 0 when the text has none

    friend bool operator==(const KeptChild&, const KeptChild&) = default;
};

struct PoolCheckpoint {
    Replicas wanted;
    Replicas begun{};  ///< as Children::begun; 0 when the text has none
    bool keep = false;
    std::optional<std::uint16_t> first_port;  ///< none when the text has none
    std::vector<KeptChild> children;

    friend bool operator==(const PoolCheckpoint&, const PoolCheckpoint&) = default;
};

[[nodiscard]] PoolCheckpoint checkpoint_of(const Children& children, bool keep);

[[nodiscard]] std::string write_checkpoint(const PoolCheckpoint& checkpoint);

/// Errors: corrupt, with what is wrong: not JSON, another version, a member missing or of the
/// wrong kind, a number out of range, an index twice.
[[nodiscard]] Result<PoolCheckpoint> read_checkpoint(std::string_view text);

}  // namespace tided::actuators
