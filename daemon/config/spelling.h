// Spelling: which known word somebody may have meant: keys and names of a policy file, policies of
// the daemon, commands and options of the command line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tided::config {

/// Levenshtein's distance in bytes: changes that make one word of the other. Anything above
/// `limit` may come back as limit + 1.
[[nodiscard]] std::size_t distance(std::string_view left,
                                   std::string_view right,
                                   std::size_t limit);

/// "did you mean 'max'?" for the candidate nearest to `wrong`, "" if none is near.
[[nodiscard]] std::string did_you_mean(std::string_view wrong,
                                       const std::vector<std::string_view>& candidates);

}  // namespace tided::config
