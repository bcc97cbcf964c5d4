// Targets as words.
#include "policy/vocab/target.h"

namespace tided {

std::string_view to_string(TargetKind kind) {
    switch (kind) {
        case TargetKind::value:
            return "value";
        case TargetKind::average_value:
            return "average_value";
        case TargetKind::utilization:
            return "utilization";
    }
    return "unknown";
}

}  // namespace tided
