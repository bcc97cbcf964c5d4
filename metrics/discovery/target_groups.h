// Target groups: the lists of Prometheus' file_sd and http_sd.
//
//   [{"targets": ["10.0.0.1:9100", "10.0.0.2:9100"], "labels": {"zone": "a"}}]
//
// In JSON or in YAML. Strict: what Prometheus refuses is refused, and so is a text without a list,
// which a file is that is about to be written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

/// A group's targets, each with its __address__ and the group's labels.
using TargetGroup = std::vector<Labels>;

/// Errors begin with "LINE: " where the line is known; a group is counted from 1.
[[nodiscard]] Result<std::vector<TargetGroup>> read_json_groups(std::string_view text);
[[nodiscard]] Result<std::vector<TargetGroup>> read_yaml_groups(const std::string& text);

/// The same, each target with one more label.
[[nodiscard]] TargetGroup with_label(TargetGroup group,
                                     std::string_view name,
                                     const std::string& value);

}  // namespace tided::metrics
