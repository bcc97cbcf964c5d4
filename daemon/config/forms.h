// Forms: whether a node of the document has the shape that a key's form asks for, and the words to
// say so. Shape only: units and ranges are check's.
#pragma once

#include <string_view>

#include "daemon/config/document.h"
#include "daemon/config/schema/schema.h"

namespace tided::config {

/// "a duration such as \"90s\"": what the form wants to see.
[[nodiscard]] std::string_view expectation_of(Form form);

[[nodiscard]] bool has_form(const Node& node, Form form);

/// The element that spoils a list or map, or the node itself.
[[nodiscard]] const Node& culprit_of(const Node& node, Form form);

}  // namespace tided::config
