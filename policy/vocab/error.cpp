// Error codes as words, and which of them are worth another try.
#include "policy/vocab/error.h"

namespace tided {

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_input:
            return "invalid_input";
        case ErrorCode::unauthenticated:
            return "unauthenticated";
        case ErrorCode::forbidden:
            return "forbidden";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::conflict:
            return "conflict";
        case ErrorCode::throttled:
            return "throttled";
        case ErrorCode::out_of_capacity:
            return "out_of_capacity";
        case ErrorCode::unavailable:
            return "unavailable";
        case ErrorCode::timed_out:
            return "timed_out";
        case ErrorCode::cancelled:
            return "cancelled";
        case ErrorCode::unsupported:
            return "unsupported";
        case ErrorCode::corrupt:
            return "corrupt";
        case ErrorCode::internal:
            return "internal";
    }
    return "internal";
}

bool is_transient(ErrorCode code) {
    return code == ErrorCode::throttled || code == ErrorCode::unavailable ||
           code == ErrorCode::timed_out || code == ErrorCode::out_of_capacity;
}

}  // namespace tided
