// Reading and writing the Scale object and the readiness of its workload.
#include "actuators/kubernetes/scale.h"

#include <boost/json.hpp>

#include "actuators/json_fields.h"

namespace tided::actuators::kubernetes {

namespace {

namespace json = boost::json;

constexpr std::size_t shown = 80;

tl::unexpected<Error> corrupt(const std::string& what) {
    return fail(ErrorCode::corrupt, "the API server's answer cannot be read: " + what);
}

tl::unexpected<Error> no_object(std::string_view body) {
    return corrupt("it is no JSON object: " + excerpt(body, shown));
}

/// A member that may be left out (then 0), but not be anything other than a count.
std::optional<Replicas> count_or_zero(const json::object* from, std::string_view key) {
    if (from == nullptr || !from->contains(key)) {
        return Replicas{};
    }
    return replicas_field(*from, key);
}

}  // namespace

Result<Scale> read_scale(std::string_view body) {
    const auto object = parse_object(body);
    if (!object) {
        return no_object(body);
    }
    if (text_field(*object, "kind") != "Scale") {
        return corrupt("it is no Scale");
    }
    const auto* metadata = object_field(*object, "metadata");
    const auto version = metadata ? text_field(*metadata, "resourceVersion") : std::nullopt;
    if (!version || version->empty()) {
        return corrupt("it has no metadata.resourceVersion");
    }
    const auto wanted = count_or_zero(object_field(*object, "spec"), "replicas");
    if (!wanted) {
        return corrupt("its spec.replicas is no count");
    }
    const auto* status = object_field(*object, "status");
    const auto present = status ? replicas_field(*status, "replicas") : std::nullopt;
    if (!present) {
        return corrupt("it has no status.replicas");
    }
    return Scale{.version = *version,
                 .uid = text_field(*metadata, "uid").value_or(""),
                 .wanted = *wanted,
                 .present = *present};
}

std::string write_scale(const Workload& workload, const Scale& seen, Replicas wanted) {
    json::object metadata{
        {"name", workload.name}, {"namespace", workload.space}, {"resourceVersion", seen.version}};
    if (!seen.uid.empty()) {
        metadata["uid"] = seen.uid;
    }
    return json::serialize(json::object{{"kind", "Scale"},
                                        {"apiVersion", "autoscaling/v1"},
                                        {"metadata", std::move(metadata)},
                                        {"spec", {{"replicas", wanted.count}}}});
}

Result<std::optional<Replicas>> read_ready(const Workload& workload, std::string_view body) {
    const auto object = parse_object(body);
    if (!object) {
        return no_object(body);
    }
    const auto* status = object_field(*object, "status");
    const char* key = "readyReplicas";
    if (!workload.is_built_in && (status == nullptr || !status->contains(key))) {
        key = "availableReplicas";
        if (status == nullptr || !status->contains(key)) {
            return std::nullopt;
        }
    }
    const auto ready = count_or_zero(status, key);
    if (!ready) {
        return corrupt(std::string{"its status."} + key + " is no count");
    }
    return ready;
}

}  // namespace tided::actuators::kubernetes
