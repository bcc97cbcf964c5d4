// How the words of policy/vpa print when a check fails.
#pragma once

#include <ostream>

#include "policy/vpa/limits.h"
#include "policy/vpa/recommendation.h"
#include "policy/vpa/update_priority.h"

namespace tided::policy::vpa {

inline std::ostream& operator<<(std::ostream& out, Amount amount) {
    return out << amount.count;
}

inline std::ostream& operator<<(std::ostream& out, const Amounts& amounts) {
    out << "{cpu ";
    amounts.cpu ? out << *amounts.cpu << 'm' : out << "none";
    out << ", memory ";
    amounts.memory ? out << *amounts.memory : out << "none";
    return out << '}';
}

inline std::ostream& operator<<(std::ostream& out, const Recommendation& recommendation) {
    return out << recommendation.container << ": target " << recommendation.target << " lower "
               << recommendation.lower << " upper " << recommendation.upper << " uncapped "
               << recommendation.uncapped;
}

inline std::ostream& operator<<(std::ostream& out, const Scaled& scaled) {
    return out << scaled.amount << " how " << static_cast<int>(scaled.how);
}

inline std::ostream& operator<<(std::ostream& out, const Admitted& admitted) {
    return out << "requests " << admitted.requests << " limits " << admitted.limits;
}

inline std::ostream& operator<<(std::ostream& out, const UpdatePriority& priority) {
    return out << (priority.is_outside ? "outside " : "") << (priority.wants_more ? "more " : "")
               << priority.difference;
}

}  // namespace tided::policy::vpa
