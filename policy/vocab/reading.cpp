// Readings that say nothing, and why in words.
#include "policy/vocab/reading.h"

#include <cmath>

namespace tided {

Reading as_number(const Reading& reading) {
    return reading.freshness == Freshness::absent || std::isfinite(reading.value)
               ? reading
               : Reading::absent(Absence::not_a_number);
}

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
        case Absence::no_samples:
            return "no pod has a sample";
        case Absence::no_pods:
            return "the workload has no pods";
        case Absence::no_ready_samples:
            return "only pods that are not ready have a sample";
        case Absence::request_missing:
            return "a container has no request for the resource";
        case Absence::no_requests:
            return "no pod has a request for the resource";
        case Absence::container_missing:
            return "a pod's sample is without the container";
        case Absence::outdated:
            return "its samples are too old";
    }
    return "unknown";
}

}  // namespace tided
