// Why a reading has no value, as words.
#include "policy/vocab/reading.h"

namespace tided {

std::string_view to_string(Absence why) {
    switch (why) {
        case Absence::none:
            return "there is a value";
        case Absence::never_seen:
            return "its source has not been read yet";
        case Absence::source_failed:
            return "its source fails";
        case Absence::no_series:
            return "no series matches the expression";
        case Absence::many_series:
            return "the expression gives several series, one is needed";
        case Absence::not_evaluated:
            return "the expression cannot be evaluated on what there is: tided query says why";
        case Absence::not_a_number:
            return "the value is not a finite number";
        case Absence::window_short:
            return "there are not enough samples yet for the expression's window";
    }
    return "unknown";
}

}  // namespace tided
