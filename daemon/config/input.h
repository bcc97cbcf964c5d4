// Input: a file as it was read, bounded, or why it was not.
#pragma once

#include <cstddef>
#include <string>

namespace tided::config {

struct Input {
    std::string name;
    std::string text{};
    std::string problem{};      ///< "No such file or directory"; "" when it was read
    bool is_too_large = false;  ///< then `text` is a part
};

/// Reads a regular file of at most `largest` bytes; never waits for a pipe.
[[nodiscard]] Input read_file(const std::string& path, std::size_t largest);

}  // namespace tided::config
