// The API in memory: requests in, Scale, workload or Status objects out.
#include "tests/support/fake_kubernetes.h"

#include <algorithm>

#include <boost/json.hpp>

#include "actuators/json_fields.h"

namespace tided::support {

using namespace tided::actuators;

namespace {

namespace json = boost::json;

Response status(int code, const std::string& reason, const std::string& message) {
    return {.status = code,
            .headers = {{"Content-Type", "application/json"}},
            .body = json::serialize(json::object{{"kind", "Status"},
                                                 {"apiVersion", "v1"},
                                                 {"metadata", json::object{}},
                                                 {"status", "Failure"},
                                                 {"message", message},
                                                 {"reason", reason},
                                                 {"code", code}})};
}

Response ok(std::string body) {
    return {
        .status = 200, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

/// "…/deployments/web" -> "deployments".
std::string plural_of(const std::string& path) {
    const auto name = path.rfind('/');
    const auto plural = path.rfind('/', name - 1);
    return path.substr(plural + 1, name - plural - 1);
}

std::string name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

json::object metadata(const std::string& path, const FakeKubernetes::Object& object) {
    return {{"name", name_of(path)},
            {"namespace", "prod"},
            {"uid", object.uid},
            {"resourceVersion", std::to_string(object.version)}};
}

json::object spec(const FakeKubernetes::Object& object) {
    return object.wanted == 0 ? json::object{} : json::object{{"replicas", object.wanted}};
}

}  // namespace

FakeKubernetes::FakeKubernetes()
    : transport([this](const Request& request) { return handle(request); }) {}

FakeKubernetes::Object& FakeKubernetes::add(const std::string& path, std::int32_t replicas) {
    Object& object = objects_[path];
    object.wanted = object.present = object.ready = replicas;
    object.version = ++version_;
    object.uid = "uid-" + std::to_string(version_);
    return object;
}

void FakeKubernetes::converge() {
    for (auto& [path, object] : objects_) {
        object.present = object.ready = object.wanted;
        object.version = ++version_;
    }
}

void FakeKubernetes::scale(const std::string& path, std::int32_t replicas) {
    at(path).wanted = replicas;
    touch(path);
}

void FakeKubernetes::race(const std::string& path, int times) {
    racing_ = path;
    races_ = times;
}

std::string FakeKubernetes::scale_text(const std::string& path) const {
    const Object& object = objects_.at(path);
    return json::serialize(json::object{
        {"kind", "Scale"},
        {"apiVersion", "autoscaling/v1"},
        {"metadata", metadata(path, object)},
        {"spec", spec(object)},
        {"status", {{"replicas", object.present}, {"selector", "app=" + name_of(path)}}}});
}

std::string FakeKubernetes::object_text(const std::string& path) const {
    const Object& object = objects_.at(path);
    json::object state{{"replicas", object.present}};
    if (object.reports_ready && object.ready > 0) {
        state["readyReplicas"] = object.ready;
    }
    return json::serialize(json::object{{"kind", "Workload"},
                                        {"metadata", metadata(path, object)},
                                        {"spec", spec(object)},
                                        {"status", std::move(state)}});
}

Response FakeKubernetes::handle(const Request& request) {
    std::string path = request.path.substr(0, request.path.find('?'));
    const bool is_scale = path.ends_with("/scale");
    path = is_scale ? path.substr(0, path.size() - std::string{"/scale"}.size()) : path;
    const std::string resource = plural_of(path) + (is_scale ? "/scale" : "");
    if (denied_.contains(request.method + " " + resource)) {
        return status(403, "Forbidden", resource + " \"" + name_of(path) + "\" is forbidden");
    }
    if (!objects_.contains(path)) {
        return status(404, "NotFound", plural_of(path) + " \"" + name_of(path) + "\" not found");
    }
    if (request.method == "GET") {
        return ok(is_scale ? scale_text(path) : object_text(path));
    }
    if (request.method == "PUT" && is_scale) {
        return put_scale(path, request);
    }
    return status(405, "MethodNotAllowed", "the server does not allow this method");
}

Response FakeKubernetes::put_scale(const std::string& path, const Request& request) {
    if (request.content_type != "application/json") {
        return status(
            415, "UnsupportedMediaType", "the body of the request was in an unknown format");
    }
    if (races_ > 0 && path == racing_) {
        --races_;
        touch(path);
    }
    Object& object = objects_.at(path);
    const auto scale = parse_object(request.body);
    const auto* meta = scale ? object_field(*scale, "metadata") : nullptr;
    const auto* wish = scale ? object_field(*scale, "spec") : nullptr;
    if (meta == nullptr || wish == nullptr) {
        return status(400, "BadRequest", "the object provided is unrecognized");
    }
    const auto version = text_field(*meta, "resourceVersion");
    const bool is_stale = version && *version != std::to_string(object.version);
    if (is_stale || text_field(*meta, "uid").value_or(object.uid) != object.uid) {
        return status(409, "Conflict", "the object has been modified");
    }
    const auto wanted = wish->contains("replicas") ? replicas_field(*wish, "replicas") : Replicas{};
    if (!wanted) {
        return status(422, "Invalid", "spec.replicas: must be greater than or equal to 0");
    }
    object.wanted = std::min(wanted->count, object.most);
    touch(path);
    return ok(scale_text(path));
}

}  // namespace tided::support
