#include "policy/profile.h"

namespace tided::policy {

std::string_view to_string(Profile profile) {
    switch (profile) {
        case Profile::kubernetes_1_28:
            return "kubernetes-1.28";
        case Profile::kubernetes_1_37:
            return "kubernetes-1.37";
        default:
            return "default";
    }
}

}  // namespace tided::policy
