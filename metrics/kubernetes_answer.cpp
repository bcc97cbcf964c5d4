#include "metrics/kubernetes_answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>
#include <unordered_set>
#include <utility>

#include <boost/json.hpp>

#include "metrics/excerpt.h"
#include "metrics/kubernetes_refusal.h"
#include "policy/vocab/units.h"

namespace tided::metrics {
namespace {

namespace json = boost::json;
using Kind = KubernetesRequest::Kind;

constexpr std::string_view list_kind(Kind kind) {
    switch (kind) {
        case Kind::pods:
            return "PodMetricsList";
        case Kind::nodes:
            return "NodeMetricsList";
        case Kind::custom:
            return "MetricValueList";
        case Kind::external:
            break;
    }
    return "ExternalMetricValueList";
}

tl::unexpected<Error> corrupt(std::string what) {
    return fail(ErrorCode::corrupt, std::move(what));
}

const json::object* object_at(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr ? value->if_object() : nullptr;
}

std::string_view text_at(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    const json::string* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string_view{*text} : std::string_view{};
}

// A list; empty when it is null, as Go writes one that was never made. Null when there is none.
const json::array* list_at(const json::object& from, std::string_view key) {
    static const json::array none;
    const json::value* value = from.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return value == nullptr ? nullptr : &none;
    }
    return value->if_array();
}

std::string name_at(const json::object& from) {
    return excerpt(text_at(from, "name"), 80);
}

// Go's time.Duration as text: "15.123s", "1m0s", "250ms".
std::optional<double> seconds_of(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, double>, 7> units{{{"ns", 1e-9},
                                                                               {"us", 1e-6},
                                                                               {"\u00b5s", 1e-6},
                                                                               {"ms", 1e-3},
                                                                               {"s", 1.0},
                                                                               {"m", 60.0},
                                                                               {"h", 3600.0}}};
    double total = 0.0;
    if (text == "0") {
        return total;
    }
    do {
        double number = 0.0;
        const auto [end, problem] = std::from_chars(
            text.data(), text.data() + text.size(), number, std::chars_format::fixed);
        if (problem != std::errc{} || !std::isfinite(number) || number < 0.0) {
            return std::nullopt;
        }
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const auto unit = std::find_if(units.begin(), units.end(), [&](const auto& one) {
            const std::string_view name = one.first;
            const std::size_t digits = text.find_first_of("0123456789.");
            return text.substr(0, digits) == name;
        });
        if (unit == units.end()) {
            return std::nullopt;
        }
        text.remove_prefix(unit->first.size());
        total += number * unit->second;
    } while (!text.empty());
    return total;
}

/// Reads the items of one list into samples.
class Reader {
public:
    explicit Reader(const KubernetesRequest& request) : request_(request) {}

    Result<std::vector<KubernetesSample>> read(const json::array& items) {
        for (const json::value& value : items) {
            const json::object* item = value.if_object();
            if (item == nullptr) {
                return corrupt("expected items to be objects");
            }
            if (Status done = read_item(*item); !done) {
                return fail(std::move(done).error());
            }
        }
        if (Status unique = check_unique(); !unique) {
            return fail(std::move(unique).error());
        }
        return std::move(samples_);
    }

private:
    Status read_item(const json::object& item) {
        who_.clear();
        labels_ = request_.implied;
        Status done = request_.kind == Kind::pods     ? read_pod(item)
                      : request_.kind == Kind::nodes  ? read_node(item)
                      : request_.kind == Kind::custom ? read_custom(item)
                                                      : read_external(item);
        return done || who_.empty() ? done : Status{fail(std::move(done).error().within(who_))};
    }

    Status read_pod(const json::object& item) {
        const json::object* metadata = object_at(item, "metadata");
        if (metadata == nullptr || text_at(*metadata, "name").empty()) {
            return corrupt("expected an item with metadata.name");
        }
        who_ = "pod " + name_at(*metadata);
        add_reported(object_at(*metadata, "labels"));
        const std::string_view space = text_at(*metadata, "namespace");
        own("namespace", space.empty() ? std::string_view{request_.space} : space);
        own("pod", text_at(*metadata, "name"));
        if (Status timed = read_time(item); !timed) {
            return timed;
        }
        if (Status window = read_window(item, "pod_metrics_window_seconds"); !window) {
            return window;
        }
        const json::array* containers = list_at(item, "containers");
        if (containers == nullptr) {
            return corrupt("expected a list of containers");
        }
        for (const json::value& value : *containers) {
            const json::object* container = value.if_object();
            if (container == nullptr || text_at(*container, "name").empty()) {
                return corrupt("expected containers with a name");
            }
            const Labels shared = labels_;
            own("container", text_at(*container, "name"));
            Status used = read_usage(*container, "pod_");
            labels_ = shared;
            if (!used) {
                return fail(std::move(used).error().within("container " + name_at(*container)));
            }
        }
        return {};
    }

    Status read_node(const json::object& item) {
        const json::object* metadata = object_at(item, "metadata");
        if (metadata == nullptr || text_at(*metadata, "name").empty()) {
            return corrupt("expected an item with metadata.name");
        }
        who_ = "node " + name_at(*metadata);
        add_reported(object_at(*metadata, "labels"));
        own("node", text_at(*metadata, "name"));
        if (Status timed = read_time(item); !timed) {
            return timed;
        }
        if (Status window = read_window(item, "node_metrics_window_seconds"); !window) {
            return window;
        }
        return read_usage(item, "node_");
    }

    Status read_custom(const json::object& item) {
        const json::object* described = object_at(item, "describedObject");
        if (described == nullptr || text_at(*described, "name").empty()) {
            return corrupt("expected an item with describedObject.name");
        }
        who_ = request_.object_label + " " + name_at(*described);
        if (!request_.space.empty()) {
            const std::string_view space = text_at(*described, "namespace");
            own("namespace", space.empty() ? std::string_view{request_.space} : space);
        }
        own(request_.object_label, text_at(*described, "name"));
        return read_value(item);
    }

    Status read_external(const json::object& item) {
        add_reported(object_at(item, "metricLabels"));
        own("namespace", request_.space);
        return read_value(item);
    }

    Status read_value(const json::object& item) {
        if (Status timed = read_time(item); !timed) {
            return timed;
        }
        auto value = quantity(item, "value");
        if (!value) {
            return fail(std::move(value).error());
        }
        add(request_.metric, *value);
        return {};
    }

    // What a usage leaves out is no series; what it names beyond these two is not read.
    Status read_usage(const json::object& from, std::string_view prefix) {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> resources{
            {{"cpu", "cpu_usage_cores"}, {"memory", "memory_working_set_bytes"}}};
        const json::object* usage = object_at(from, "usage");
        if (usage == nullptr) {
            return corrupt("expected its usage");
        }
        for (const auto& [key, name] : resources) {
            if (!usage->contains(key)) {
                continue;
            }
            auto value = quantity(*usage, key);
            if (!value) {
                return fail(std::move(value).error());
            }
            if (*value < 0.0) {
                return corrupt(std::string{key} + ": a usage below zero");
            }
            add(std::string{prefix} + std::string{name}, *value);
        }
        return {};
    }

    Status read_time(const json::object& item) {
        const std::string_view text = text_at(item, "timestamp");
        const auto at = parse_rfc3339(text);
        if (!at) {
            return corrupt(text.empty()
                               ? "it has no timestamp"
                               : "its timestamp is none: \"" + excerpt(text, shown) + "\"");
        }
        at_ = *at;
        return {};
    }

    Status read_window(const json::object& item, std::string_view name) {
        const std::string_view text = text_at(item, "window");
        if (text.empty()) {
            return {};
        }
        const auto window = seconds_of(text);
        if (!window) {
            return corrupt("its window is no duration: \"" + excerpt(text, shown) + "\"");
        }
        add(std::string{name}, *window);
        return {};
    }

    static Result<double> quantity(const json::object& from, std::string_view key) {
        const json::value* value = from.if_contains(key);
        if (value != nullptr && value->is_number() && std::isfinite(value->to_number<double>())) {
            return value->to_number<double>();
        }
        if (value == nullptr || !value->is_string()) {
            return corrupt("expected " + std::string{key} + " to be a quantity");
        }
        auto number = parse_quantity(std::string_view{value->get_string()});
        if (!number) {
            return corrupt(std::string{key} + ": \"" +
                           excerpt(std::string_view{value->get_string()}, shown) +
                           "\" is no quantity that can be read");
        }
        return number;
    }

    // What the API says of the object; the request's own labels stand above it.
    void add_reported(const json::object* labels) {
        if (labels == nullptr) {
            return;
        }
        for (const auto& [name, value] : *labels) {
            if (value.is_string()) {
                own({name.data(), name.size()}, std::string_view{value.get_string()});
            }
        }
    }

    void own(std::string_view name, std::string_view value) {
        labels_.push_back({.name = std::string{name}, .value = std::string{value}});
    }

    void add(std::string name, double value) {
        Labels labels = labels_;
        labels.push_back({.name = std::string{metric_name_label}, .value = std::move(name)});
        samples_.push_back({.labels = normalised(std::move(labels)), .at = at_, .value = value});
    }

    [[nodiscard]] Status check_unique() const {
        const auto hash = [](const Labels* labels) { return LabelsHash{}(*labels); };
        const auto same = [](const Labels* a, const Labels* b) { return *a == *b; };
        std::unordered_set<const Labels*, decltype(hash), decltype(same)> seen;
        seen.reserve(samples_.size());
        for (const KubernetesSample& sample : samples_) {
            if (!seen.insert(&sample.labels).second) {
                return corrupt("two values that cannot be told apart: " +
                               excerpt(to_string(sample.labels), 2 * shown));
            }
        }
        return {};
    }

    static constexpr std::size_t shown = 80;

    const KubernetesRequest& request_;
    std::vector<KubernetesSample> samples_;
    std::string who_;  ///< the item under way, for messages
    Labels labels_;    ///< of its series; of equal names the last one counts
    TimePoint at_{};
};

}  // namespace

std::size_t LabelsHash::operator()(const Labels& labels) const {
    constexpr std::size_t spread = 0x9e3779b97f4a7c15;
    std::size_t hash = labels.size();
    for (const Label& label : labels) {
        for (const std::string_view part :
             {std::string_view{label.name}, std::string_view{label.value}}) {
            hash = (hash ^ std::hash<std::string_view>{}(part)) * spread;
        }
    }
    return hash;
}

Result<std::vector<KubernetesSample>> parse_kubernetes_answer(const KubernetesRequest& request,
                                                              const Page& page) {
    if (page.status != 200) {
        return fail(kubernetes_refusal(request, page));
    }
    json::error_code error;
    const json::value parsed = json::parse(page.body, error);
    const json::object* list = error ? nullptr : parsed.if_object();
    const auto expected = "the answer is no " + std::string{list_kind(request.kind)};
    if (list == nullptr) {
        return corrupt(expected + ": \"" + excerpt(page.body, 80) + "\"");
    }
    if (text_at(*list, "kind") != list_kind(request.kind)) {
        return corrupt(expected + ": its kind is \"" + excerpt(text_at(*list, "kind"), 80) + "\"");
    }
    const json::object* metadata = object_at(*list, "metadata");
    if (metadata != nullptr && !text_at(*metadata, "continue").empty()) {
        return corrupt(expected + ": it is a part of one, and was not asked for in parts");
    }
    const json::array* items = list_at(*list, "items");
    if (items == nullptr) {
        return corrupt(expected + ": expected a list of items");
    }
    auto samples = Reader{request}.read(*items);
    if (!samples) {
        return fail(std::move(samples).error().within("reading the answer"));
    }
    return samples;
}

}  // namespace tided::metrics
