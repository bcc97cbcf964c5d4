// Floors: which file may include what. One row per floor: the floors it sees and the libraries it
// may use. The order of the floors and the reason for each row are in the floors' READMEs.
#pragma once

#include <string>
#include <vector>

#include "tests/shape/source_tree.h"

namespace tided::shape {

/// Each wrong include of one file as "policy/x.cpp:3: includes …: why not"; empty if all are right.
[[nodiscard]] std::vector<std::string> wrong_includes(const SourceFile& file);

/// Cycles among the quoted includes of `files`, each as "a.h -> b.h -> a.h".
[[nodiscard]] std::vector<std::string> include_cycles(const std::vector<SourceFile>& files);

/// Clock, I/O and randomness in the pure floors; clock and sleep in every floor below daemon/.
[[nodiscard]] std::vector<std::string> impurities(const SourceFile& file);

}  // namespace tided::shape
