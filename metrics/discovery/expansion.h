// Expansion: a relabel rule's replacement filled in with what its expression matched, by the rules
// of Go's regexp.Expand, which Prometheus uses:
//
//   $1 ${1} $name ${name}   the group's text, "" when it took no part or does not exist
//   $$                      a dollar sign
//   any other $             itself; a name is the longest run of letters, digits and '_': $1x
//                           asks for a group "1x"
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tided::metrics {

/// The groups of one match.
struct MatchedGroups {
    std::vector<std::string_view> by_number;              ///< 0 is the whole match
    const std::map<std::string, int>* by_name = nullptr;  ///< never null
};

[[nodiscard]] std::string expanded(std::string_view text, const MatchedGroups& groups);

}  // namespace tided::metrics
