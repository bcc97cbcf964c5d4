// MetricNames: the metrics of one policy by name, for the rules and formulas that name others.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/config/document.h"
#include "policy/rules.h"

namespace tided::config {

class MetricNames {
public:
    /// REQUIRES: `metrics`, the tables of a policy's metrics in order, outlives it.
    explicit MetricNames(const Node& metrics) {
        for (const Node& metric : metrics.children) {
            const Node* name = metric.find("name");
            names_.push_back(name == nullptr ? std::string_view{} : std::string_view{name->text});
        }
    }

    [[nodiscard]] std::optional<std::uint8_t> find(std::string_view name) const {
        for (std::size_t i = 0; i < names_.size() && i < policy::no_metric; ++i) {
            if (names_[i] == name && !name.empty()) {
                return static_cast<std::uint8_t>(i);
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] const std::vector<std::string_view>& all() const { return names_; }

    /// Something could not be understood: who is used, or not, is not known.
    bool is_doubtful = false;

private:
    std::vector<std::string_view> names_;
};

}  // namespace tided::config
