// Labels: a sorted small vector behind the promises of labels.h.
#include "policy/vocab/labels.h"

#include <algorithm>

namespace tided {
namespace {

void append_escaped(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '\\' || c == '"') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
}

template <class Sorted>
std::string_view value_in(const Sorted& labels, std::string_view name) {
    const auto at = std::lower_bound(
        labels.begin(), labels.end(), name, [](const auto& label, std::string_view wanted) {
            return label.name < wanted;
        });
    return at != labels.end() && at->name == name ? std::string_view{at->value}
                                                  : std::string_view{};
}

}  // namespace

std::vector<LabelView> views_of(const Labels& labels) {
    std::vector<LabelView> views;
    views.reserve(labels.size());
    for (const Label& label : labels) {
        views.push_back({.name = label.name, .value = label.value});
    }
    return views;
}

Labels labels_of(std::span<const LabelView> views) {
    Labels labels;
    labels.reserve(views.size());
    for (const LabelView& view : views) {
        labels.push_back({.name = std::string{view.name}, .value = std::string{view.value}});
    }
    return labels;
}

std::string_view value_of(const Labels& labels, std::string_view name) {
    return value_in(labels, name);
}

std::string_view value_of(std::span<const LabelView> labels, std::string_view name) {
    return value_in(labels, name);
}

Labels normalised(Labels labels) {
    std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
        return a.name < b.name;
    });
    Labels unique;
    unique.reserve(labels.size());
    for (Label& label : labels) {
        if (!unique.empty() && unique.back().name == label.name) {
            unique.back() = std::move(label);
        } else {
            unique.push_back(std::move(label));
        }
    }
    std::erase_if(unique, [](const Label& label) { return label.value.empty(); });
    return unique;
}

std::string to_string(const Labels& labels) {
    std::string text{value_of(labels, metric_name_label)};
    std::string inside;
    for (const Label& label : labels) {
        if (label.name == metric_name_label) {
            continue;
        }
        inside += inside.empty() ? "" : ",";
        inside += label.name + "=\"";
        append_escaped(inside, label.value);
        inside += '"';
    }
    if (!inside.empty() || text.empty()) {
        text += "{" + inside + "}";
    }
    return text;
}

}  // namespace tided
