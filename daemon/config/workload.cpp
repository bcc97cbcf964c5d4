#include "daemon/config/workload.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace tided::config {
namespace {

struct KindRow {
    std::string_view kind;
    std::string_view resource;
};
constexpr std::array<KindRow, 4> kinds{{{"deployment", "apps/v1/deployments"},
                                        {"statefulset", "apps/v1/statefulsets"},
                                        {"replicaset", "apps/v1/replicasets"},
                                        {"replicationcontroller", "/v1/replicationcontrollers"}}};

tl::unexpected<Error> wrong(std::string message) {
    return fail(ErrorCode::invalid_input, std::move(message));
}

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t slash = text.find('/');
        parts.push_back(text.substr(0, slash));
        if (slash == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(slash + 1);
    }
}

/// RFC 1123: lower case letters, digits, '-' (and '.' where allowed), ends alphanumeric.
bool is_dns_name(std::string_view text, bool may_have_dots, std::size_t longest) {
    const auto is_alphanumeric = [](unsigned char c) {
        return std::islower(c) != 0 || std::isdigit(c) != 0;
    };
    return !text.empty() && text.size() <= longest &&
           is_alphanumeric(static_cast<unsigned char>(text.front())) &&
           is_alphanumeric(static_cast<unsigned char>(text.back())) &&
           std::all_of(text.begin(), text.end(), [&](unsigned char c) {
               return is_alphanumeric(c) || c == '-' || (may_have_dots && c == '.');
           });
}

Status check_object(std::string_view name_space, std::string_view name) {
    if (!is_dns_name(name_space, false, 63)) {
        return wrong("'" + std::string{name_space} + "' is no name of a namespace");
    }
    if (!is_dns_name(name, true, 253)) {
        return wrong("'" + std::string{name} + "' is no name of an object");
    }
    return {};
}

}  // namespace

Result<std::string> canonical_workload(std::string_view text) {
    const std::vector<std::string_view> parts = parts_of(text);
    if (parts.size() == 3) {
        const auto* const row = std::find_if(
            kinds.begin(), kinds.end(), [&](const KindRow& k) { return k.kind == parts[0]; });
        if (row == kinds.end()) {
            return wrong("'" + std::string{parts[0]} +
                         "' is none of deployment, statefulset, replicaset and "
                         "replicationcontroller; write GROUP/VERSION/PLURAL/NAMESPACE/NAME");
        }
        return check_object(parts[1], parts[2]).map([&] {
            return std::string{row->resource} + '/' + std::string{parts[1]} + '/' +
                   std::string{parts[2]};
        });
    }
    if (parts.size() != 5) {
        return wrong("KIND/NAMESPACE/NAME or GROUP/VERSION/PLURAL/NAMESPACE/NAME is expected");
    }
    if (!is_dns_name(parts[0], true, 253) || !is_dns_name(parts[1], false, 63) ||
        !is_dns_name(parts[2], false, 63)) {
        return wrong("the first three of GROUP/VERSION/PLURAL/NAMESPACE/NAME are lower case names");
    }
    return check_object(parts[3], parts[4]).map([&] { return std::string{text}; });
}

}  // namespace tided::config
