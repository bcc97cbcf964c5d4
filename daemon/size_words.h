// Size words: amounts of CPU and memory as people write them, and why they are what they are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/size_view.h"
#include "policy/vpa/settings.h"

namespace tided::daemon {

/// "250m", "2"; "512Mi" (rounded up), "900Ki".
[[nodiscard]] std::string in_words(policy::vpa::Resource resource, policy::vpa::Amount amount);

/// Sentences about `size`, whose other members are filled; `share` is the least that each container
/// gets.
[[nodiscard]] std::vector<std::string> reasons_of(const ContainerSize& size,
                                                  const policy::vpa::Settings& settings,
                                                  const policy::vpa::Amounts& share);

}  // namespace tided::daemon
