#include "metrics/kubernetes_refusal.h"

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "metrics/excerpt.h"

namespace tided::metrics {
namespace {

namespace json = boost::json;

constexpr std::size_t shown = 400;

// {"kind":"Status","status":"Failure","reason":"Forbidden","message":"…","code":403}
struct Refusal {
    bool is_status = false;
    std::string reason{};
    std::string message{};
};

std::string text_at(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    const json::string* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? excerpt({text->data(), text->size()}, shown) : std::string{};
}

Refusal read(const Page& page) {
    json::error_code error;
    const json::value parsed = json::parse(page.body, error);
    const json::object* object = error ? nullptr : parsed.if_object();
    if (object == nullptr || text_at(*object, "kind") != "Status") {
        const std::size_t last = page.body.find_last_not_of(" \r\n");
        return {.is_status = false,
                .reason = {},
                .message = excerpt(page.body.substr(0, last + 1), 80)};
    }
    return {.is_status = true,
            .reason = text_at(*object, "reason"),
            .message = text_at(*object, "message")};
}

bool is_unknown_path(const Refusal& refusal) {
    return !refusal.is_status ||
           refusal.message == "the server could not find the requested resource";
}

ErrorCode code_of(int status) {
    switch (status) {
        case 401:
            return ErrorCode::unauthenticated;
        case 403:
            return ErrorCode::forbidden;
        case 404:
            return ErrorCode::not_found;
        case 429:
            return ErrorCode::throttled;
        case 504:
            return ErrorCode::timed_out;
        default:
            break;
    }
    if (status >= 500) {
        return ErrorCode::unavailable;
    }
    return status >= 400 ? ErrorCode::invalid_input : ErrorCode::corrupt;
}

std::string_view usual_server(KubernetesRequest::Kind kind) {
    const bool is_resource =
        kind == KubernetesRequest::Kind::pods || kind == KubernetesRequest::Kind::nodes;
    return is_resource ? "metrics-server" : "an adapter";
}

std::string advice(const KubernetesRequest& request, int status, const Refusal& refusal) {
    const std::string group{group_of(request.kind)};
    if (status == 403) {
        const std::string where =
            request.space.empty() ? "a ClusterRole" : "a Role of the namespace " + request.space;
        return "the account needs in " + where + " the rule " + rule_for(request);
    }
    if (status == 404 && is_unknown_path(refusal)) {
        return "nothing serves " + group + ": " + std::string{usual_server(request.kind)} +
               " is not installed";
    }
    if (status == 503) {
        return "the server behind " + group + " does not answer: `kubectl get apiservices | grep " +
               group + "` says why";
    }
    return {};
}

}  // namespace

Error kubernetes_refusal(const KubernetesRequest& request, const Page& page) {
    const Refusal refusal = read(page);
    std::string message = "the API server answers " + std::to_string(page.status);
    message += refusal.reason.empty() ? "" : " " + refusal.reason;
    message += refusal.message.empty() ? "" : ": " + refusal.message;
    const std::string what_to_do = advice(request, page.status, refusal);
    message += what_to_do.empty() ? "" : "; " + what_to_do;
    return {.code = code_of(page.status), .message = std::move(message)};
}

bool is_unknown_path(const Page& page) {
    return is_unknown_path(read(page));
}

}  // namespace tided::metrics
