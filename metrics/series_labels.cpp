#include "metrics/series_labels.h"

#include <algorithm>
#include <numeric>

#include "metrics/bytes.h"

namespace tided::metrics {
namespace {

constexpr std::string_view exported = "exported_";

Label* find(Labels& labels, std::string_view name) {
    const auto at = std::find_if(
        labels.begin(), labels.end(), [&](const Label& label) { return label.name == name; });
    return at == labels.end() ? nullptr : &*at;
}

void honor(Labels& labels, const Labels& target) {
    for (const Label& label : target) {
        if (find(labels, label.name) == nullptr) {
            labels.push_back(label);
        }
    }
}

bool is_taken(Labels& labels, std::string_view name) {
    const Label* const label = find(labels, name);
    return label != nullptr && !label->value.empty();
}

void override_with(Labels& labels, const Labels& target) {
    Labels displaced;
    for (const Label& label : target) {
        Label* const own = find(labels, label.name);
        if (own == nullptr) {
            labels.push_back(label);
            continue;
        }
        if (!own->value.empty()) {
            displaced.push_back(*own);
        }
        own->value = label.value;
    }
    std::stable_sort(displaced.begin(), displaced.end(), [](const Label& a, const Label& b) {
        return a.name.size() < b.name.size();
    });
    for (Label& label : displaced) {
        do {
            label.name.insert(0, exported);
        } while (is_taken(labels, label.name));
        labels.push_back(std::move(label));
    }
}

}  // namespace

std::span<const LabelView> SeriesLabels::of(std::string_view raw_name,
                                            std::span<const RawLabel> raw,
                                            bool is_plain) {
    const bool is_simple =
        is_plain && !raw_name.empty() &&
        std::none_of(raw.begin(), raw.end(), [](const RawLabel& l) { return l.value.empty(); });
    if (is_simple && !has_shape(raw)) {
        learn_shape(raw);
    }
    views_.clear();
    if (!is_simple || !is_shaped_) {
        merge(raw_name, raw);
        return views_;
    }
    for (const std::uint16_t place : order_) {
        if (place == 0) {
            views_.push_back({.name = metric_name_label, .value = raw_name});
        } else if (place <= raw.size()) {
            views_.push_back({.name = raw[place - 1U].name, .value = raw[place - 1U].value});
        } else {
            const Label& label = target_[place - raw.size() - 1];
            views_.push_back({.name = label.name, .value = label.value});
        }
    }
    return views_;
}

bool SeriesLabels::has_shape(std::span<const RawLabel> raw) const {
    return !order_.empty() && raw.size() == names_.size() &&
           std::equal(raw.begin(), raw.end(), names_.begin(), [](const RawLabel& l, auto& name) {
               return l.name.size() == name.size() &&
                      bytes::equal(l.name.data(), name.data(), name.size());
           });
}

// Labels of one name make no shape: who wins is decided each time.
void SeriesLabels::learn_shape(std::span<const RawLabel> raw) {
    std::vector<std::string_view> all{metric_name_label};
    names_.clear();
    for (const RawLabel& label : raw) {
        names_.emplace_back(label.name);
        all.push_back(label.name);
    }
    for (const Label& label : target_) {
        all.emplace_back(label.name);
    }
    order_.resize(all.size());
    std::iota(order_.begin(), order_.end(), std::uint16_t{0});
    std::sort(order_.begin(), order_.end(), [&](auto a, auto b) { return all[a] < all[b]; });
    is_shaped_ = all.size() <= UINT16_MAX &&
                 std::adjacent_find(order_.begin(), order_.end(), [&](auto a, auto b) {
                     return all[a] == all[b];
                 }) == order_.end();
}

void SeriesLabels::merge(std::string_view raw_name, std::span<const RawLabel> raw) {
    Labels labels;
    labels.reserve(raw.size() + target_.size() + 1);
    labels.push_back({.name = std::string{metric_name_label}, .value = unescaped(raw_name)});
    for (const RawLabel& label : raw) {
        labels.push_back({.name = unescaped(label.name), .value = unescaped(label.value)});
    }
    if (honor_labels_) {
        honor(labels, target_);
    } else {
        override_with(labels, target_);
    }
    merged_ = normalised(std::move(labels));
    for (const Label& label : merged_) {
        views_.push_back({.name = label.name, .value = label.value});
    }
}

}  // namespace tided::metrics
