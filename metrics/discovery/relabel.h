// Relabelling: rules that keep, drop and rewrite what discovery found, with exactly Prometheus'
// meaning (configuration reference, relabel_config):
//
//   value = source_labels joined by separator;  regex matches the whole of it
//   replace            target_label = replacement filled in, when it matches; "" removes the label
//   keep  drop         the target goes on only when it matches, or does not
//   keepequal dropequal   the same for value == target_label's
//   hashmod            target_label = the last 8 bytes of MD5(value), as a number, mod modulus
//   labelmap           each label whose name matches is copied to replacement filled in
//   labelkeep labeldrop   labels by name
//   lowercase uppercase   target_label = value; ASCII letters only
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/discovery/spec.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

/// What is wrong with a rule and which key says it ("regex", "modulus", ...).
struct RuleFault {
    std::string_view key;
    std::string text;
};
[[nodiscard]] std::optional<RuleFault> fault_of(const RelabelSpec& rule);

/// The name of an action as the policy file writes it.
[[nodiscard]] std::string_view to_string(RelabelSpec::Action action);

/// Whether `name` is a label's: a letter or '_', then also digits.
[[nodiscard]] bool is_label_name(std::string_view name);

class Relabelling {
public:
    /// Errors: the first rule with a fault.
    [[nodiscard]] static Result<Relabelling> make(const std::vector<RelabelSpec>& rules);

    Relabelling();
    ~Relabelling();
    Relabelling(Relabelling&&) noexcept;
    Relabelling& operator=(Relabelling&&) noexcept;

    /// Rewrites normalised `labels`, which stay so. False: the target is dropped.
    [[nodiscard]] bool apply(Labels& labels) const;

private:
    struct Rule;
    std::vector<std::unique_ptr<Rule>> rules_;
};

}  // namespace tided::metrics
