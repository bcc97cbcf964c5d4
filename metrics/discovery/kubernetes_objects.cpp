#include "metrics/discovery/kubernetes_objects.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "metrics/discovery/target.h"

namespace tided::metrics {
namespace {

namespace json = boost::json;
using Role = KubernetesSdSpec::Role;

const json::object& object_at(const json::object& object, std::string_view key) {
    static const json::object none;
    const json::value* const value = object.if_contains(key);
    const json::object* const inner = value == nullptr ? nullptr : value->if_object();
    return inner == nullptr ? none : *inner;
}

const json::array& list_at(const json::object& object, std::string_view key) {
    static const json::array none;
    const json::value* const value = object.if_contains(key);
    const json::array* const inner = value == nullptr ? nullptr : value->if_array();
    return inner == nullptr ? none : *inner;
}

template <typename Use>
void for_each_object(const json::array& list, Use use) {
    for (const json::value& value : list) {
        if (const json::object* const object = value.if_object()) {
            use(*object);
        }
    }
}

/// "8080", or "" when there is no whole number.
std::string number_at(const json::object& object, std::string_view key) {
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? std::to_string(value->get_int64()) : "";
}

/// "true", "false", or "" when it is not said.
std::string_view truth_at(const json::object& object, std::string_view key) {
    const json::value* const value = object.if_contains(key);
    return value == nullptr || !value->is_bool() ? "" : value->get_bool() ? "true" : "false";
}

std::string as_label_name(std::string_view text) {
    std::string name{text};
    for (char& c : name) {
        const auto byte = static_cast<unsigned char>(c);
        c = byte < 0x80 && (std::isalnum(byte) != 0 || c == '_') ? c : '_';
    }
    return name;
}

/// Labels in the making: "__meta_kubernetes_" and a name.
class Meta {
public:
    void add(std::string_view name, std::string_view value) {
        labels_.push_back({"__meta_kubernetes_" + std::string{name}, std::string{value}});
    }
    void add_address(const std::string& host, const std::string& port) {
        const bool is_v6 = host.find(':') != std::string::npos;
        const std::string shown = is_v6 ? "[" + host + "]" : host;
        labels_.push_back({std::string{address_label}, port.empty() ? shown : shown + ":" + port});
    }
    /// Name, labels and annotations of an object of this kind ("pod").
    void add_metadata(const std::string& kind, const json::object& object) {
        const json::object& metadata = object_at(object, "metadata");
        add("namespace", text_at(metadata, "namespace"));
        add(kind + "_name", text_at(metadata, "name"));
        add_map(kind + "_label", object_at(metadata, "labels"));
        add_map(kind + "_annotation", object_at(metadata, "annotations"));
    }
    [[nodiscard]] Labels labels() const { return normalised(labels_); }

private:
    void add_map(const std::string& kind, const json::object& map) {
        for (const auto& [key, value] : map) {
            if (value.is_string()) {
                const std::string name = as_label_name(key);
                add(kind + "_" + name, std::string_view{value.get_string()});
                add(kind + "present_" + name, "true");
            }
        }
    }

    Labels labels_;
};

std::string readiness_of(const json::object& pod) {
    std::string ready = "unknown";
    for_each_object(list_at(object_at(pod, "status"), "conditions"), [&](const json::object& one) {
        if (text_at(one, "type") == "Ready") {
            ready = text_at(one, "status");
            std::transform(ready.begin(), ready.end(), ready.begin(), [](unsigned char c) {
                return static_cast<char>(std::tolower(c));
            });
        }
    });
    return ready;
}

Meta meta_of_pod(const json::object& pod) {
    Meta meta;
    meta.add_metadata("pod", pod);
    const json::object& metadata = object_at(pod, "metadata");
    meta.add("pod_ip", text_at(pod, "status", "podIP"));
    meta.add("pod_host_ip", text_at(pod, "status", "hostIP"));
    meta.add("pod_phase", text_at(pod, "status", "phase"));
    meta.add("pod_node_name", text_at(pod, "spec", "nodeName"));
    meta.add("pod_ready", readiness_of(pod));
    meta.add("pod_uid", text_at(metadata, "uid"));
    for_each_object(list_at(metadata, "ownerReferences"), [&](const json::object& owner) {
        if (truth_at(owner, "controller") == "true") {
            meta.add("pod_controller_kind", text_at(owner, "kind"));
            meta.add("pod_controller_name", text_at(owner, "name"));
        }
    });
    return meta;
}

std::string_view id_of_container(const json::object& pod,
                                 std::string_view statuses,
                                 std::string_view name) {
    std::string_view id;
    for_each_object(list_at(object_at(pod, "status"), statuses), [&](const json::object& status) {
        id = text_at(status, "name") == name ? text_at(status, "containerID") : id;
    });
    return id;
}

void add_containers(const json::object& pod, bool is_init, std::vector<Labels>& targets) {
    const Meta of_pod = meta_of_pod(pod);
    const std::string host{text_at(pod, "status", "podIP")};
    const json::array& containers =
        list_at(object_at(pod, "spec"), is_init ? "initContainers" : "containers");
    for_each_object(containers, [&](const json::object& container) {
        Meta meta = of_pod;
        const std::string_view name = text_at(container, "name");
        meta.add("pod_container_name", name);
        meta.add("pod_container_image", text_at(container, "image"));
        meta.add(
            "pod_container_id",
            id_of_container(pod, is_init ? "initContainerStatuses" : "containerStatuses", name));
        meta.add("pod_container_init", is_init ? "true" : "false");
        const json::array& ports = list_at(container, "ports");
        for_each_object(ports, [&](const json::object& port) {
            Meta one = meta;
            const std::string number = number_at(port, "containerPort");
            one.add("pod_container_port_name", text_at(port, "name"));
            one.add("pod_container_port_number", number);
            one.add("pod_container_port_protocol", text_at(port, "protocol"));
            one.add_address(host, number);
            targets.push_back(one.labels());
        });
        if (ports.empty()) {
            meta.add_address(host, "");
            targets.push_back(meta.labels());
        }
    });
}

void add_pod(const json::object& pod, std::vector<Labels>& targets) {
    if (!text_at(pod, "status", "podIP").empty()) {
        add_containers(pod, false, targets);
        add_containers(pod, true, targets);
    }
}

void add_reference(Meta& meta, const std::string& prefix, const json::object& reference) {
    meta.add(prefix + "_kind", text_at(reference, "kind"));
    meta.add(prefix + "_name", text_at(reference, "name"));
}

void add_pod_name(Meta& meta, const json::object& reference) {
    if (text_at(reference, "kind") == "Pod") {
        meta.add("pod_name", text_at(reference, "name"));
    }
}

void add_endpoints(const json::object& endpoints, std::vector<Labels>& targets) {
    Meta whole;
    whole.add_metadata("endpoints", endpoints);
    whole.add("service_name", text_at(endpoints, "metadata", "name"));
    const auto add = [&](const json::object& address, const json::object& port, const char* ready) {
        Meta meta = whole;
        meta.add("endpoint_ready", ready);
        meta.add("endpoint_port_name", text_at(port, "name"));
        meta.add("endpoint_port_protocol", text_at(port, "protocol"));
        meta.add("endpoint_hostname", text_at(address, "hostname"));
        meta.add("endpoint_node_name", text_at(address, "nodeName"));
        add_reference(meta, "endpoint_address_target", object_at(address, "targetRef"));
        add_pod_name(meta, object_at(address, "targetRef"));
        meta.add_address(std::string{text_at(address, "ip")}, number_at(port, "port"));
        targets.push_back(meta.labels());
    };
    for_each_object(list_at(endpoints, "subsets"), [&](const json::object& subset) {
        for_each_object(list_at(subset, "ports"), [&](const json::object& port) {
            for_each_object(list_at(subset, "addresses"),
                            [&](const json::object& one) { add(one, port, "true"); });
            for_each_object(list_at(subset, "notReadyAddresses"),
                            [&](const json::object& one) { add(one, port, "false"); });
        });
    });
}

void add_slice(const json::object& slice, std::vector<Labels>& targets) {
    Meta whole;
    whole.add_metadata("endpointslice", slice);
    whole.add("endpointslice_address_type", text_at(slice, "addressType"));
    whole.add(
        "service_name",
        text_at(object_at(object_at(slice, "metadata"), "labels"), "kubernetes.io/service-name"));
    const auto add = [&](const json::object& endpoint, const json::object& port) {
        Meta meta = whole;
        const json::object& conditions = object_at(endpoint, "conditions");
        const std::string number = number_at(port, "port");
        meta.add("endpointslice_port_name", text_at(port, "name"));
        meta.add("endpointslice_port_protocol", text_at(port, "protocol"));
        meta.add("endpointslice_port_app_protocol", text_at(port, "appProtocol"));
        meta.add("endpointslice_port", number);
        for (const char* const condition : {"ready", "serving", "terminating"}) {
            meta.add(std::string{"endpointslice_endpoint_conditions_"} + condition,
                     truth_at(conditions, condition));
        }
        meta.add("endpointslice_endpoint_hostname", text_at(endpoint, "hostname"));
        meta.add("endpointslice_endpoint_node_name", text_at(endpoint, "nodeName"));
        meta.add("endpointslice_endpoint_zone", text_at(endpoint, "zone"));
        add_reference(meta, "endpointslice_address_target", object_at(endpoint, "targetRef"));
        add_pod_name(meta, object_at(endpoint, "targetRef"));
        for (const json::value& address : list_at(endpoint, "addresses")) {
            if (address.is_string()) {
                Meta one = meta;
                one.add_address(std::string{address.get_string()}, number);
                targets.push_back(one.labels());
            }
        }
    };
    for_each_object(list_at(slice, "ports"), [&](const json::object& port) {
        for_each_object(list_at(slice, "endpoints"),
                        [&](const json::object& endpoint) { add(endpoint, port); });
    });
}

}  // namespace

std::string_view text_at(const json::object& object, std::string_view key) {
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()}
                                                  : std::string_view{};
}

std::string_view text_at(const json::object& object, std::string_view outer, std::string_view key) {
    return text_at(object_at(object, outer), key);
}

std::string place_of(Role role, const json::object& object) {
    const char* const name = role == Role::pod         ? "pod"
                             : role == Role::endpoints ? "endpoints"
                                                       : "endpointslice";
    return std::string{"kubernetes:"} + name + "/" +
           std::string{text_at(object, "metadata", "namespace")} + "/" +
           std::string{text_at(object, "metadata", "name")};
}

Found targets_of(Role role, const json::object& object) {
    Found found{.place = place_of(role, object), .targets = {}};
    switch (role) {
        case Role::pod:
            add_pod(object, found.targets);
            break;
        case Role::endpoints:
            add_endpoints(object, found.targets);
            break;
        case Role::endpointslice:
            add_slice(object, found.targets);
            break;
    }
    return found;
}

}  // namespace tided::metrics
