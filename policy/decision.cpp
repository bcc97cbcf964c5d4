#include "policy/decision.h"

namespace tided::policy {

std::string_view to_string(Direction direction) {
    switch (direction) {
        case Direction::hold:
            return "hold";
        case Direction::up:
            return "up";
        case Direction::down:
            return "down";
    }
    return "hold";
}

}  // namespace tided::policy
