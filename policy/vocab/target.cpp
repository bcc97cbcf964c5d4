// Targets as words.
#include "policy/vocab/target.h"

namespace tided {

std::string_view to_string(TargetKind kind) {
    return kind == TargetKind::value ? "value" : "average_value";
}

}  // namespace tided
