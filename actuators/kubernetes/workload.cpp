// Parsing and paths of a workload.
#include "actuators/kubernetes/workload.h"

#include <algorithm>
#include <array>
#include <vector>

namespace tided::actuators::kubernetes {

namespace {

struct Kind {
    std::string_view singular;
    std::string_view plural;
    std::string_view group;
};

constexpr std::array<Kind, 4> kinds{{{"deployment", "deployments", "apps"},
                                     {"statefulset", "statefulsets", "apps"},
                                     {"replicaset", "replicasets", "apps"},
                                     {"replicationcontroller", "replicationcontrollers", ""}}};

constexpr std::string_view core = "core";
constexpr std::size_t longest_name = 253;

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const auto slash = std::min(text.find('/', at), text.size());
        parts.emplace_back(text.substr(at, slash - at));
        at = slash + 1;
    }
    return parts;
}

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// RFC 1123 subdomain in lower case, as object names, groups and plurals are.
bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name && is_alphanumeric(text.front()) &&
           is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
               return is_alphanumeric(c) || c == '-' || c == '.';
           });
}

tl::unexpected<Error> invalid(std::string_view text, const std::string& why) {
    return fail(ErrorCode::invalid_input, "workload '" + std::string{text} + "': " + why);
}

const Kind* find_kind(std::string_view name) {
    const auto it = std::find_if(kinds.begin(), kinds.end(), [name](const Kind& kind) {
        return kind.singular == name || kind.plural == name;
    });
    return it == kinds.end() ? nullptr : it;
}

Workload built_in(const Kind& kind, const std::string& space, const std::string& name) {
    return {.kind = std::string{kind.singular},
            .group = std::string{kind.group},
            .version = "v1",
            .plural = std::string{kind.plural},
            .space = space,
            .name = name};
}

Result<Workload> of_kind(std::string_view text, const std::vector<std::string>& parts) {
    const Kind* kind = find_kind(parts[0]);
    if (kind == nullptr) {
        return invalid(text,
                       "'" + parts[0] +
                           "' is no kind it knows (deployment, statefulset, replicaset, "
                           "replicationcontroller); write others as "
                           "GROUP/VERSION/PLURAL/NAMESPACE/NAME");
    }
    return built_in(*kind, parts[1], parts[2]);
}

Workload of_resource(const std::vector<std::string>& parts) {
    const std::string group = parts[0] == core ? "" : parts[0];
    const Kind* kind = find_kind(parts[2]);
    if (kind != nullptr && kind->group == group && parts[1] == "v1") {
        return built_in(*kind, parts[3], parts[4]);
    }
    return {.kind = parts[0] + "/" + parts[1] + "/" + parts[2],
            .group = group,
            .version = parts[1],
            .plural = parts[2],
            .space = parts[3],
            .name = parts[4],
            .is_built_in = false};
}

}  // namespace

Result<Workload> parse_workload(std::string_view text) {
    const auto parts = split(text);
    if (parts.size() != 3 && parts.size() != 5) {
        return invalid(text,
                       "KIND/NAMESPACE/NAME or GROUP/VERSION/PLURAL/NAMESPACE/NAME is expected");
    }
    for (const std::string& part : parts) {
        if (!is_name(part)) {
            return invalid(text,
                           "'" + part +
                               "' is no name: lower-case letters, digits, '-' and '.' are "
                               "allowed, a letter or digit at both ends");
        }
    }
    return parts.size() == 3 ? of_kind(text, parts) : Result<Workload>{of_resource(parts)};
}

std::string identity(const Workload& workload) {
    return workload.kind + "/" + workload.space + "/" + workload.name;
}

std::string object_path(const Workload& workload) {
    const std::string root = workload.group.empty() ? "/api/" : "/apis/" + workload.group + "/";
    return root + workload.version + "/namespaces/" + workload.space + "/" + workload.plural + "/" +
           workload.name;
}

std::string scale_path(const Workload& workload) {
    return object_path(workload) + "/scale";
}

}  // namespace tided::actuators::kubernetes
