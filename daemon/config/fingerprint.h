// Fingerprint: a number for what is written in a part of the policy file, the same for the same
// keys and values wherever they stand and however they are laid out. FNV-1a, 64 bits.
#pragma once

#include <cstdint>

#include "daemon/config/document.h"

namespace tided::config {

/// The order of keys in a table does not matter, that of an array's elements does.
[[nodiscard]] std::uint64_t fingerprint(const Node& node);

}  // namespace tided::config
