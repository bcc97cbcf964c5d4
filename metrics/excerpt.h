// Excerpt: the beginning of a foreign text as a message may carry it: on one line, without control
// characters, in valid UTF-8, with "…" when there was more.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tided::metrics {

/// At most `most` bytes of `text`.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t most);

}  // namespace tided::metrics
