// Step, Outcome: one change asked of one pool, and what became of it.
//
//   planned -> intended (journalled, durable) -> done | refused | failed | abandoned
//                                       \-> pending: asked, the effect is awaited
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/vocab/error.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided {

/// Unique over restarts: the daemon's boot id and a counter, "01J9ZK3V-42". It doubles as the
/// idempotency key wherever a provider knows one.
using StepId = std::string;

struct Step {
    StepId id;
    std::string policy;  ///< instance name, "web" or "tenants[tenant=acme]"
    std::string pool;    ///< name in the policy file
    Replicas from{};     ///< what was observed when it was decided (compare-and-swap)
    Replicas to{};

    friend bool operator==(const Step&, const Step&) = default;
};

enum class OutcomeKind : std::uint8_t {
    done,     ///< the provider has it: observe shows it now or soon
    pending,  ///< accepted, not there yet: ask again after `after`
    refused,  ///< the provider said no, or somebody else changed the pool: decide afresh
    failed,   ///< it did not work; `error` says whether it may be repeated
};

struct Outcome {
    OutcomeKind kind = OutcomeKind::done;
    Duration after{};  ///< only with pending
    Error error{};     ///< only with refused and failed

    [[nodiscard]] static Outcome done() { return {}; }
    [[nodiscard]] static Outcome pending(Duration after) {
        return {.kind = OutcomeKind::pending, .after = after};
    }
    [[nodiscard]] static Outcome refused(Error why) {
        return {.kind = OutcomeKind::refused, .error = std::move(why)};
    }
    [[nodiscard]] static Outcome failed(Error why) {
        return {.kind = OutcomeKind::failed, .error = std::move(why)};
    }
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// "done", "pending", "refused", "failed": as in the journal and in metric labels.
[[nodiscard]] std::string_view to_string(OutcomeKind kind);

}  // namespace tided
