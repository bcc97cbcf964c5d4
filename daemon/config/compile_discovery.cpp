// Where a scrape source's targets come from, and the rules on them.
#include <algorithm>
#include <array>

#include "daemon/config/address.h"
#include "daemon/config/compile.h"
#include "metrics/discovery/relabel.h"

namespace tided::config {
namespace {

using metrics::RelabelSpec;
using Action = RelabelSpec::Action;

/// Reports what `objection` has against each text of `key`; "" is nothing.
template <typename Objection>
void check_each(Compiling& in, const Fields& fields, std::string_view key, Objection objection) {
    const Node* node = fields.find(key);
    if (node == nullptr) {
        return;
    }
    const auto check = [&](const Node& one) {
        if (const std::string why = objection(one.text); !why.empty()) {
            in.report.add(Problem::bad_value, one.value, {key, why});
        }
    };
    if (node->kind == Node::Kind::text) {
        check(*node);
    }
    for (const Node& child : node->children) {
        check(child);
    }
}

std::string objection_to_path(const std::string& path) {
    if (!path.starts_with('/')) {
        return "the path must be absolute";
    }
    const std::size_t slash = path.rfind('/');
    if (path.find_first_of("*?[") < slash) {
        return "only the last component may have wildcards";
    }
    constexpr std::array<std::string_view, 6> endings{
        ".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"};
    const bool is_list = std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
        return path.ends_with(ending) && path.size() > slash + 1 + ending.size();
    });
    return is_list ? "" : "the name must end in .json, .yml or .yaml";
}

metrics::FileSdSpec compile_file(Compiling& in, const Fields& fields) {
    check_each(in, fields, "files", objection_to_path);
    return {.files = fields.texts("files"), .interval = fields.duration("interval")};
}

metrics::HttpSdSpec compile_http_sd(Compiling& in, const Fields& fields, Source& source) {
    HttpOptions http = compile_http(in, fields);
    HttpOptions shown = http;
    shown.url = compile_url(in, fields, "url");
    warn_of_clear_text(in, fields, shown);
    source.http_sd = std::move(http);
    return {.url = shown.url, .interval = fields.duration("interval")};
}

metrics::DnsSdSpec compile_dns(Compiling& in, const Fields& fields) {
    using Type = metrics::DnsSdSpec::Type;
    check_each(in, fields, "names", [](const std::string& name) {
        return name.find_first_of(" /:") != std::string::npos ? "it is no host name" : "";
    });
    const std::string type = fields.text("type");
    const bool needs_port = type != "SRV";
    if (needs_port && !fields.is_written("port")) {
        in.report.add(Problem::needs_other_key, fields.place("type"), {"type", "port"});
    }
    if (!needs_port && fields.is_written("port")) {
        in.report.add(
            Problem::bad_value, fields.place("port"), {"port", "SRV records have their own"});
    }
    return {
        .names = fields.texts("names"),
        .type = type == "A"      ? Type::a
                : type == "AAAA" ? Type::aaaa
                                 : Type::srv,
        .port = static_cast<std::uint16_t>(fields.is_written("port") ? fields.integer("port") : 0),
        .interval = fields.duration("interval")};
}

metrics::KubernetesSdSpec compile_kubernetes_sd(Compiling& in, const Fields& fields) {
    using Role = metrics::KubernetesSdSpec::Role;
    check_each(in, fields, "namespaces", [](const std::string& name) {
        const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        });
        return is_name ? "" : "a namespace is lower case letters, digits and '-'";
    });
    const std::string role = fields.text("role");
    return {.role = role == "endpoints"       ? Role::endpoints
                    : role == "endpointslice" ? Role::endpointslice
                                              : Role::pod,
            .namespaces = fields.texts("namespaces"),
            .label_selector = fields.text("label_selector"),
            .field_selector = fields.text("field_selector")};
}

Action action_named(const std::string& name) {
    for (int i = 0; i <= static_cast<int>(Action::uppercase); ++i) {
        if (metrics::to_string(static_cast<Action>(i)) == name) {
            return static_cast<Action>(i);
        }
    }
    return Action::replace;
}

/// The keys besides `action` that an action heeds, separated by blanks.
std::string_view keys_of(Action action) {
    switch (action) {
        case Action::replace:
            return "source_labels separator regex target_label replacement";
        case Action::keep:
        case Action::drop:
            return "source_labels separator regex";
        case Action::keepequal:
        case Action::dropequal:
            return "source_labels target_label";
        case Action::hashmod:
            return "source_labels separator target_label modulus";
        case Action::labelmap:
            return "regex replacement";
        case Action::labeldrop:
        case Action::labelkeep:
            return "regex";
        case Action::lowercase:
        case Action::uppercase:
            break;
    }
    return "source_labels separator target_label";
}

/// Whether there are keys that the action does not heed, which were reported.
bool has_idle_keys(Compiling& in, const Fields& fields, const std::string& action) {
    const std::string_view keys = keys_of(action_named(action));
    bool has_any = false;
    for (const Key& key : relabel_table().keys) {
        if (key.name != "action" && fields.is_written(key.name) && !has_word(keys, key.name)) {
            has_any = true;
            in.report.add(Problem::bad_value,
                          fields.place(key.name),
                          {key.name, "the action " + action + " does not use it"});
        }
    }
    return has_any;
}

RelabelSpec compile_rule(Compiling& in, const Fields& fields) {
    const std::string action = fields.text("action");
    RelabelSpec rule{.action = action_named(action),
                     .source_labels = fields.texts("source_labels"),
                     .separator = fields.text("separator"),
                     .regex = fields.text("regex"),
                     .target_label = fields.text("target_label"),
                     .replacement = fields.text("replacement"),
                     .modulus = fields.is_written("modulus")
                                    ? static_cast<std::uint64_t>(fields.integer("modulus"))
                                    : 0};
    const bool is_known = !fields.is_written("action") || fields.find("action") != nullptr;
    if (!is_known || has_idle_keys(in, fields, action)) {
        return rule;
    }
    if (const auto fault = metrics::fault_of(rule)) {
        in.report.add(Problem::bad_value, fields.place(fault->key), {fault->key, fault->text});
    }
    return rule;
}

}  // namespace

void compile_discovery(Compiling& in, const Fields& fields, Source& source) {
    auto& spec = std::get<metrics::ScrapeSpec>(source.spec).discovery;
    const auto is_there = [&](std::string_view key) { return fields.find(key) != nullptr; };
    if (is_there("file_sd")) {
        spec.file = compile_file(in, fields.inner("file_sd"));
    }
    if (is_there("http_sd")) {
        spec.http = compile_http_sd(in, fields.inner("http_sd"), source);
    }
    if (is_there("dns_sd")) {
        spec.dns = compile_dns(in, fields.inner("dns_sd"));
    }
    if (is_there("kubernetes_sd")) {
        const Fields kubernetes = fields.inner("kubernetes_sd");
        spec.kubernetes = compile_kubernetes_sd(in, kubernetes);
        source.kubernetes_sd = kubernetes.text("provider");
    }
    if (is_there("pool_sd")) {
        const Fields pool = fields.inner("pool_sd");
        spec.pool = metrics::PoolSdSpec{.pools = pool.texts("pools"),
                                        .interval = pool.duration("interval")};
    }
    if (const Node* rules = fields.find("relabel")) {
        for (const Node& rule : rules->children) {
            spec.relabel.push_back(compile_rule(in, Fields{&rule, relabel_table()}));
        }
    }
    spec.target_limit = static_cast<std::size_t>(fields.integer("target_limit"));
}

}  // namespace tided::config
