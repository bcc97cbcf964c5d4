// What this build calls itself.
#pragma once

namespace tided::daemon {

/// "0.1.0"
[[nodiscard]] const char* version();

/// "Release, g++ 12.2.0"
[[nodiscard]] const char* build();

}  // namespace tided::daemon
