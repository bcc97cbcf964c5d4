// How the words of policy/vocab and policy print when a check fails. Only for tests: the text is
// for a reader of the test's output, nothing depends on it.
#pragma once

#include <ostream>

#include "policy/decision.h"
#include "policy/explain.h"
#include "policy/guard.h"
#include "policy/state.h"
#include "policy/strategy.h"
#include "policy/vocab/error.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/reading.h"
#include "policy/vocab/step.h"
#include "policy/vocab/units.h"

namespace tided {

inline std::ostream& operator<<(std::ostream& out, Replicas n) {
    return out << n.count << " replicas";
}

inline std::ostream& operator<<(std::ostream& out, Bytes n) {
    return out << n.count << " bytes";
}

inline std::ostream& operator<<(std::ostream& out, MilliCpu n) {
    return out << n.count << "m cpu";
}

inline std::ostream& operator<<(std::ostream& out, Ratio share) {
    return out << share.value;
}

inline std::ostream& operator<<(std::ostream& out, const Label& label) {
    return out << label.name << "=\"" << label.value << '"';
}

inline std::ostream& operator<<(std::ostream& out, ErrorCode code) {
    return out << to_string(code);
}

inline std::ostream& operator<<(std::ostream& out, const Error& error) {
    return out << to_string(error.code) << ": " << error.message
               << (error.effect == Effect::unknown ? " (effect unknown)" : "");
}

inline std::ostream& operator<<(std::ostream& out, OutcomeKind kind) {
    return out << to_string(kind);
}

inline std::ostream& operator<<(std::ostream& out, const Reading& reading) {
    if (reading.freshness == Freshness::absent) {
        return out << "no reading: " << to_string(reading.absence);
    }
    return out << reading.value << (reading.is_fresh() ? " fresh " : " stale ")
               << to_string(reading.age);
}

}  // namespace tided

namespace tided::policy {

inline std::ostream& operator<<(std::ostream& out, Direction direction) {
    return out << to_string(direction);
}

inline std::ostream& operator<<(std::ostream& out, GuardCode code) {
    return out << to_string(code);
}

inline std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << to_string(refusal.guard) << ": " << refusal.why;
}

inline std::ostream& operator<<(std::ostream& out, const Proposal& proposal) {
    return out << proposal.replicas << (proposal.within_tolerance ? " within tolerance" : "");
}

inline std::ostream& operator<<(std::ostream& out, const Recommendation& entry) {
    return out << entry.replicas << " at " << tided::to_string(entry.at);
}

inline std::ostream& operator<<(std::ostream& out, const ScaleEvent& event) {
    return out << event.change << " at " << tided::to_string(event.at);
}

inline std::ostream& operator<<(std::ostream& out, const Reason& reason) {
    return out << "reason " << static_cast<int>(reason.code) << " metric "
               << static_cast<int>(reason.metric) << " rate " << static_cast<int>(reason.rate)
               << ": " << reason.from << " to " << reason.to << ", value " << reason.value << ", "
               << tided::to_string(reason.duration);
}

}  // namespace tided::policy
