// What holds of every target that discovery finds, whatever it was found in.
#pragma once

#include <string>
#include <vector>

#include "policy/vocab/labels.h"

namespace tided::metrics::test {

/// Aborts with the property's name when one is broken.
void require(bool holds, const char* property);

/// A refusal is a sentence of valid UTF-8 on one line.
void check_sentence(const std::string& text);

/// A target that is kept has an absolute URL and no label of the inside.
void check_targets(const std::vector<Labels>& found);

}  // namespace tided::metrics::test
