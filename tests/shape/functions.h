// Functions: how long each function body of a C++ file is, by counting braces. No parser: at
// namespace and class scope a '{' after a ')' opens a body, one after '=' an initialiser, one
// after namespace/class/struct/enum/union a scope. Good enough for code laid out by clang-format.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/shape/source_tree.h"

namespace tided::shape {

struct Function {
    std::string head;        ///< its first line, for messages
    std::size_t line = 0;    ///< where its body opens, from 1
    std::size_t length = 0;  ///< lines from '{' to '}', not counting the line of '{'
};

[[nodiscard]] std::vector<Function> functions_of(const SourceFile& file);

}  // namespace tided::shape
