// Frame: the components of an iCalendar file, before libical sees it: that each BEGIN has its END,
// with the line that has not, and that there are neither too many nor too deep ones, nor lines
// without end. libical gives up on such a file without a word, frees what it has read by recursion,
// and takes the square of a line's length.
#pragma once

#include <string_view>

#include "policy/vocab/result.h"

namespace tided::config {

/// Errors: a clause that names the line.
[[nodiscard]] Status check_frame(std::string_view text);

}  // namespace tided::config
