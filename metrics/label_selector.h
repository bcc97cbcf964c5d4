// Label selector: conditions of PromQL on labels, as a labelSelector of the Kubernetes API says
// them.
//
//   app="web"        app=web              app=~"a|b"      app in (a,b)
//   app!="web"       app!=web             app!~"a|b"      app notin (a,b)
//   app="", =~""     !app                 app!="", =~".+" app
//
// Both languages take an absent label to differ from every value. Patterns other than lists of
// words cannot be said and are refused. Source: kubernetes.io, "Labels and Selectors".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/matcher.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

class LabelSelector {
public:
    /// The condition of `matcher` on the label `name`. Errors: invalid_input, a sentence, when it
    /// cannot be said, or when no label can have that name or value.
    [[nodiscard]] Status add(const Matcher& matcher, std::string_view name);

    [[nodiscard]] bool empty() const { return requirements_.empty(); }

    /// "app=web,tier in (a,b)": the same for the same conditions in any order.
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::string> requirements_;  ///< sorted, each once
};

}  // namespace tided::metrics
