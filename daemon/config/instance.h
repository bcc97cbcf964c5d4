// Instance: a template filled with one value of its label: a Policy and a Pool like any other.
//
//   [policy.tenants] for_each = { label = "tenant", ... }    value "a/b"  ->  tenants[tenant=a%2Fb]
//   deployment/{tenant}/web,  sum(x{tenant="{tenant}"})
//
// The value comes from outside, so it is data wherever it stands: escaped in PromQL (and quoted in
// regular expressions there) and in a probe's URL; refused where it cannot be (a Kubernetes name, a
// path, an option). Only the label's own name in braces is a placeholder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/config/config.h"
#include "policy/vocab/result.h"

namespace tided::config {

struct Instance {
    Policy policy;
    Pool pool;
};

/// `NAME[LABEL=VALUE]`, the value percent-encoded but for letters, digits and "-._~": printable
/// ASCII, one name per value and one value per name.
[[nodiscard]] std::string instance_name(std::string_view name,
                                        std::string_view label,
                                        std::string_view value);

/// The value of the instance called `name`, or nothing when that is no instance of this template.
[[nodiscard]] std::optional<std::string> value_of_instance(const Template& made_of,
                                                           std::string_view name);

/// The name that a person may have meant by `said`: an instance whose value is written as it is
/// (tenants[tenant=a/b]) or whose whole name is percent-encoded as in a URL (tenants%5Btenant...).
/// "" when it is neither, or could be the name of another value.
[[nodiscard]] std::string instance_called(std::string_view said);

/// Errors: invalid_input, a clause that says why `value` can have no instance: it has no name (it
/// is empty, no UTF-8, holds a NUL, or would make a name of more than 255 bytes), or cannot stand
/// where the pool wants it.
[[nodiscard]] Result<Instance> instance_of(const Template& made_of, const std::string& value);

/// `text` with the placeholder of `label` replaced as it is.
[[nodiscard]] std::string with_value(std::string text,
                                     std::string_view label,
                                     std::string_view value);
[[nodiscard]] bool has_placeholder(std::string_view text, std::string_view label);

/// `query` with the placeholder replaced within its string literals.
[[nodiscard]] std::string query_with_value(const std::string& query,
                                           std::string_view label,
                                           std::string_view value);

/// Where a placeholder stands elsewhere than in the quotes of a label's value, or in quotes that
/// have no escapes (`...`), from 0; nothing when all are well placed, or when `query` has no
/// tokens.
[[nodiscard]] std::optional<std::size_t> misplaced(const std::string& query,
                                                   std::string_view label);

}  // namespace tided::config
