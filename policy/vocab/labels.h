// Labels: the sorted name/value pairs that tell one series or instance from another.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tided {

struct Label {
    std::string name;
    std::string value;

    friend auto operator<=>(const Label&, const Label&) = default;
};

/// Sorted by name, names unique, no empty values (an empty label is an absent one, as in
/// Prometheus). The metric name, when there is one, is the label "__name__".
using Labels = std::vector<Label>;

/// A label whose texts live elsewhere. Spans of them are sorted, unique and without empty values,
/// as Labels are.
struct LabelView {
    std::string_view name;
    std::string_view value;
};

[[nodiscard]] std::vector<LabelView> views_of(const Labels& labels);
[[nodiscard]] Labels labels_of(std::span<const LabelView> views);

inline constexpr std::string_view metric_name_label = "__name__";

/// The value of `name`, or "" when the label is absent. The view lives as long as `labels`.
[[nodiscard]] std::string_view value_of(const Labels& labels, std::string_view name);

[[nodiscard]] std::string_view value_of(std::span<const LabelView> labels, std::string_view name);

/// Sorts, drops empty values; of equal names the last one wins.
[[nodiscard]] Labels normalised(Labels labels);

/// Prometheus' notation: `http_requests_total{code="200",method="get"}`, values escaped.
[[nodiscard]] std::string to_string(const Labels& labels);

}  // namespace tided
