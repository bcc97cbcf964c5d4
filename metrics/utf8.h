// UTF-8 as Go's unicode/utf8 judges it: no overlong forms, no surrogates, nothing past U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace tided::metrics {

/// The offset of the first byte that does not belong to valid UTF-8; text.size() when all does.
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view text);

}  // namespace tided::metrics
