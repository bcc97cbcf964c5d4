// SeriesLabels: the labels that a page's series has in the store: the page's and its target's, by
// Prometheus' rules.
//
//   honor_labels = false   the target's label wins; the page's goes on as "exported_" + name, with
//                          the prefix repeated until the name is free
//   honor_labels = true    the page's label wins, an empty one on the page removes the target's
//
// The series of a family name the same labels in the same order: how those of the last series were
// merged and sorted is remembered as a shape, and the next ones of its kind are put into place by
// it, without comparing or allocating.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/page_parser.h"
#include "policy/vocab/labels.h"

namespace tided::metrics {

class SeriesLabels {
public:
    /// `target`: normalised.
    SeriesLabels(Labels target, bool honor_labels)
        : target_(std::move(target)), honor_labels_(honor_labels) {}

    /// The labels of the series of this name and these labels, as they stand on the page.
    /// `is_plain`: none of them holds an escape. The views live until the next call, and as long
    /// as the page.
    [[nodiscard]] std::span<const LabelView> of(std::string_view raw_name,
                                                std::span<const RawLabel> raw,
                                                bool is_plain);

    [[nodiscard]] const Labels& target() const { return target_; }

private:
    [[nodiscard]] bool has_shape(std::span<const RawLabel> raw) const;
    void learn_shape(std::span<const RawLabel> raw);
    void merge(std::string_view raw_name, std::span<const RawLabel> raw);

    Labels target_;
    bool honor_labels_;
    std::vector<std::string> names_;    ///< the shape: the page's labels, in its order,
    std::vector<std::uint16_t> order_;  ///< sorted: 0 is the name, then the page's, the target's
    bool is_shaped_ = false;
    Labels merged_;
    std::vector<LabelView> views_;
};

}  // namespace tided::metrics
