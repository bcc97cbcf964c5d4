// Outcomes and step ids as words.
#include "policy/vocab/step.h"

namespace tided {

std::string_view to_string(OutcomeKind kind) {
    switch (kind) {
        case OutcomeKind::done:
            return "done";
        case OutcomeKind::pending:
            return "pending";
        case OutcomeKind::refused:
            return "refused";
        case OutcomeKind::failed:
            return "failed";
    }
    return "failed";
}

}  // namespace tided
