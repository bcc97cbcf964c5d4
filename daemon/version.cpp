#include "daemon/version.h"

namespace tided::daemon {

const char* version() {
    return TIDED_VERSION;
}

const char* build() {
    return TIDED_BUILD_TYPE ", " TIDED_COMPILER;
}

}  // namespace tided::daemon
