// policy_page: the per-policy families of /metrics, rendered from PolicyViews a few hundred
// policies at a time, family after family (a family's series must stay together).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "daemon/telemetry/exposition.h"
#include "daemon/telemetry/telemetry.h"

namespace tided::daemon {

struct PolicyFamily {
    std::string_view name;
    std::string_view help;
    MetricKind kind = MetricKind::gauge;
    /// Appends the family's samples of one policy; nothing when they are not known.
    void (*append)(std::string_view name, const PolicyView& view, std::string& out) = nullptr;
};

[[nodiscard]] std::span<const PolicyFamily> policy_families();

class PolicyPage {
public:
    PolicyPage(Telemetry::Format format, const PolicyViews& policies)
        : format_(format), policies_(policies) {}

    /// The next chunk, "" at the end.
    [[nodiscard]] std::string next();

private:
    Telemetry::Format format_;
    const PolicyViews& policies_;
    std::size_t family_ = 0;
    std::size_t policy_ = 0;
    std::string last_;  ///< the policy rendered last in this family: a reload may move the others
};

}  // namespace tided::daemon
