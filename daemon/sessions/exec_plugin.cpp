#include "daemon/sessions/exec_plugin.h"

#include <cstdlib>

#include <boost/json.hpp>

#include "daemon/client/base64.h"

namespace tided::daemon {

namespace json = boost::json;

namespace {

std::string question(const ExecPlugin& plugin, const KubeCluster& cluster, std::string_view ca) {
    json::object spec{{"interactive", false}};
    if (plugin.wants_cluster) {
        json::object about{{"server", cluster.server}};
        if (!ca.empty()) {
            about["certificate-authority-data"] = encode_base64(ca);
        }
        if (!cluster.tls_server_name.empty()) {
            about["tls-server-name"] = cluster.tls_server_name;
        }
        if (!cluster.proxy_url.empty()) {
            about["proxy-url"] = cluster.proxy_url;
        }
        if (cluster.insecure) {
            about["insecure-skip-tls-verify"] = true;
        }
        spec["cluster"] = std::move(about);
    }
    return json::serialize(json::object{
        {"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}});
}

/// The text of a member, "" when absent or no text.
std::string_view text_of(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    const auto* const text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string_view(*text) : std::string_view();
}

SharedSecret secret_of(const json::object& object, std::string_view key) {
    const auto text = text_of(object, key);
    return text.empty() ? nullptr : std::make_shared<const Secret>(text);
}

}  // namespace

actuators::Command exec_command(const ExecPlugin& plugin,
                                const KubeCluster& cluster,
                                std::string_view ca) {
    actuators::Command command{.argv = plugin.argv, .environment = {}, .directory = {}};
    for (const char* name : {"PATH", "HOME"}) {
        if (const char* const value = std::getenv(name)) {
            command.environment.emplace_back(name, value);
        }
    }
    for (const auto& [name, value] : plugin.environment) {
        std::erase_if(command.environment,
                      [&name = name](const auto& known) { return known.first == name; });
        command.environment.emplace_back(name, value);
    }
    command.environment.emplace_back("KUBERNETES_EXEC_INFO", question(plugin, cluster, ca));
    return command;
}

Result<ExecCredential> parse_exec_credential(std::string_view output, const ExecPlugin& plugin) {
    const auto wrong = [](const char* what) { return fail(ErrorCode::corrupt, what); };
    boost::system::error_code error;
    const json::value root = json::parse({output.data(), output.size()}, error);
    const auto* const object = error ? nullptr : root.if_object();
    if (object == nullptr) {
        return wrong("its output is no JSON object");
    }
    if (text_of(*object, "kind") != "ExecCredential") {
        return wrong("its output is no ExecCredential");
    }
    if (text_of(*object, "apiVersion") != plugin.api_version) {
        return fail(ErrorCode::corrupt,
                    "its output is not of the apiVersion asked for, " + plugin.api_version);
    }
    const auto* const found = object->if_contains("status");
    const auto* const status = found != nullptr ? found->if_object() : nullptr;
    if (status == nullptr) {
        return wrong("its output has no status");
    }
    ExecCredential credential{.token = secret_of(*status, "token"),
                              .certificate = secret_of(*status, "clientCertificateData"),
                              .key = secret_of(*status, "clientKeyData"),
                              .expires = {}};
    if ((credential.certificate == nullptr) != (credential.key == nullptr)) {
        return wrong("its output has a certificate without key, or a key without certificate");
    }
    if (!credential.token && !credential.certificate) {
        return wrong("its output has neither token nor certificate");
    }
    if (status->contains("expirationTimestamp") && !status->at("expirationTimestamp").is_null()) {
        credential.expires = parse_rfc3339(text_of(*status, "expirationTimestamp"));
        if (!credential.expires) {
            return wrong("its expirationTimestamp is no time");
        }
    }
    return credential;
}

}  // namespace tided::daemon
