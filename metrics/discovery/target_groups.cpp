#include "metrics/discovery/target_groups.h"

#include <algorithm>
#include <utility>

#include <yaml-cpp/yaml.h>

#include <boost/json/stream_parser.hpp>

#include "metrics/discovery/relabel.h"
#include "metrics/discovery/target.h"
#include "metrics/excerpt.h"
#include "metrics/utf8.h"

namespace tided::metrics {
namespace {

namespace json = boost::json;

// Aliases let a short YAML text name any number of targets.
constexpr std::size_t most_targets = 200'000;

constexpr std::size_t longest_message = 300;

// What stands in the text may be quoted, and what the YAML reader took for text.
tl::unexpected<Error> wrong(const std::string& text) {
    return fail(ErrorCode::invalid_input, excerpt(text, longest_message));
}

constexpr std::string_view no_list = "a list of {\"targets\": [...], \"labels\": {...}} is missing";
constexpr std::string_view no_targets = "'targets' must be a list of strings";
constexpr std::string_view no_labels = "'labels' must be a table of strings";

std::string unknown_key(std::string_view key) {
    return "unknown key '" + std::string{key} + "', only 'targets' and 'labels' are known";
}

std::string bad_name(std::string_view name) {
    return "\"" + std::string{name} + "\" is no label's name";
}

/// One group as it is read, whatever it is written in.
struct Reading {
    std::vector<std::string> addresses;
    Labels labels;

    [[nodiscard]] TargetGroup group() const {
        TargetGroup targets;
        targets.reserve(addresses.size());
        for (const std::string& address : addresses) {
            Labels one = labels;
            one.push_back({std::string{address_label}, address});
            targets.push_back(normalised(std::move(one)));
        }
        return targets;
    }
};

std::string line_at(std::string_view text, std::size_t offset) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
    return std::to_string(1 + std::count(text.begin(), end, '\n')) + ": ";
}

Result<json::value> parse_json(std::string_view text) {
    json::stream_parser parser;
    boost::system::error_code error;
    const std::size_t read = parser.write_some(text.data(), text.size(), error);
    const std::size_t rest = text.find_first_not_of(" \t\r\n", read);
    if (!error && !parser.done()) {
        error = json::error::incomplete;
    } else if (!error && rest != std::string_view::npos) {
        error = json::error::extra_data;
    }
    if (error) {
        return wrong(line_at(text, read) + "not JSON: " + error.message());
    }
    return parser.release();
}

Status read_json_labels(const json::value& value, Labels& labels) {
    const json::object* const object = value.if_object();
    if (object == nullptr) {
        return value.is_null() ? Status{} : Status{wrong(std::string{no_labels})};
    }
    for (const auto& [name, text] : *object) {
        if (!text.is_string()) {
            return wrong(std::string{no_labels});
        }
        if (!is_label_name(name)) {
            return wrong(bad_name(name));
        }
        labels.push_back({std::string{name}, std::string{text.get_string()}});
    }
    return {};
}

Status read_json_targets(const json::value& value, std::vector<std::string>& addresses) {
    const json::array* const list = value.if_array();
    if (list == nullptr) {
        return value.is_null() ? Status{} : Status{wrong(std::string{no_targets})};
    }
    for (const json::value& address : *list) {
        if (!address.is_string()) {
            return wrong(std::string{no_targets});
        }
        addresses.emplace_back(address.get_string());
    }
    return {};
}

Result<TargetGroup> read_json_group(const json::value& value) {
    const json::object* const object = value.if_object();
    if (object == nullptr) {
        return wrong("it is no object");
    }
    Reading reading;
    for (const auto& [key, part] : *object) {
        Status status;
        if (key == "targets") {
            status = read_json_targets(part, reading.addresses);
        } else if (key == "labels") {
            status = read_json_labels(part, reading.labels);
        } else {
            status = wrong(unknown_key(key));
        }
        if (!status) {
            return fail(std::move(status).error());
        }
    }
    return reading.group();
}

std::string line_of(const YAML::Node& node) {
    return std::to_string(node.Mark().line + 1) + ": ";
}

Status read_yaml_targets(const YAML::Node& node, std::vector<std::string>& addresses) {
    if (!node.IsSequence()) {
        return node.IsNull() ? Status{} : Status{wrong(line_of(node) + std::string{no_targets})};
    }
    for (const YAML::Node& address : node) {
        if (!address.IsScalar()) {
            return wrong(line_of(address) + std::string{no_targets});
        }
        addresses.push_back(address.Scalar());
    }
    return {};
}

Status read_yaml_labels(const YAML::Node& node, Labels& labels) {
    if (!node.IsMap()) {
        return node.IsNull() ? Status{} : Status{wrong(line_of(node) + std::string{no_labels})};
    }
    for (const auto& entry : node) {
        if (!entry.first.IsScalar() || !entry.second.IsScalar()) {
            return wrong(line_of(entry.second) + std::string{no_labels});
        }
        if (!is_label_name(entry.first.Scalar())) {
            return wrong(line_of(entry.first) + bad_name(entry.first.Scalar()));
        }
        labels.push_back({entry.first.Scalar(), entry.second.Scalar()});
    }
    return {};
}

Result<TargetGroup> read_yaml_group(const YAML::Node& node) {
    if (!node.IsMap()) {
        return wrong(line_of(node) + "it is no table with 'targets' and 'labels'");
    }
    Reading reading;
    for (const auto& entry : node) {
        const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
        Status status;
        if (key == "targets") {
            status = read_yaml_targets(entry.second, reading.addresses);
        } else if (key == "labels") {
            status = read_yaml_labels(entry.second, reading.labels);
        } else {
            status = wrong(line_of(entry.first) + unknown_key(key));
        }
        if (!status) {
            return fail(std::move(status).error());
        }
    }
    return reading.group();
}

Result<std::vector<TargetGroup>> read_yaml_list(const YAML::Node& root) {
    if (!root.IsSequence()) {
        return wrong("1: " + std::string{no_list});
    }
    std::vector<TargetGroup> groups;
    std::size_t targets = 0;
    for (const YAML::Node& node : root) {
        auto group = read_yaml_group(node);
        if (!group) {
            return fail(std::move(group).error());
        }
        targets += group->size();
        if (targets > most_targets) {
            return wrong(line_of(node) + "more than " + std::to_string(most_targets) + " targets");
        }
        groups.push_back(*std::move(group));
    }
    return groups;
}

}  // namespace

Result<std::vector<TargetGroup>> read_json_groups(std::string_view text) {
    const auto root = parse_json(text);
    if (!root) {
        return fail(root.error());
    }
    const json::array* const list = root->if_array();
    if (list == nullptr) {
        return wrong("1: " + std::string{no_list});
    }
    std::vector<TargetGroup> groups;
    for (const json::value& value : *list) {
        auto group = read_json_group(value);
        if (!group) {
            return fail(
                std::move(group).error().within("group " + std::to_string(groups.size() + 1)));
        }
        groups.push_back(*std::move(group));
    }
    return groups;
}

Result<std::vector<TargetGroup>> read_yaml_groups(const std::string& text) {
    if (const std::size_t valid = valid_utf8_prefix(text); valid != text.size()) {
        return wrong(line_at(text, valid) + "not UTF-8");
    }
    try {
        return read_yaml_list(YAML::Load(text));
    } catch (const YAML::Exception& error) {
        return wrong(std::to_string(error.mark.line + 1) + ": not YAML: " + error.msg);
    }
}

TargetGroup with_label(TargetGroup group, std::string_view name, const std::string& value) {
    for (Labels& labels : group) {
        labels.push_back({std::string{name}, value});
        labels = normalised(std::move(labels));
    }
    return group;
}

}  // namespace tided::metrics
