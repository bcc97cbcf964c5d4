// counted: "1 policy", "3 policies".
#pragma once

#include <cstddef>
#include <string>

namespace tided::daemon {

[[nodiscard]] inline std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

}  // namespace tided::daemon
