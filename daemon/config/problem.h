// Problems: the table of everything this floor can find wrong, one row each. A message is filled
// in from the left at each {}. Every row has a file tests/config/bad/ that provokes it; a test
// fails when one is missing.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "daemon/config/diagnostic.h"

namespace tided::config {

struct ProblemRow {
    Problem problem;
    std::string_view name;
    Severity severity;
    std::string_view message;
    std::string_view hint;  ///< said when the place that reports it has nothing better
};

/// All rows, in the order of the enumeration.
[[nodiscard]] std::span<const ProblemRow> problems();

[[nodiscard]] const ProblemRow& row_of(Problem problem);

/// `text` with each {} replaced by the next of `arguments`.
[[nodiscard]] std::string filled(std::string_view text,
                                 std::initializer_list<std::string_view> arguments);

}  // namespace tided::config
