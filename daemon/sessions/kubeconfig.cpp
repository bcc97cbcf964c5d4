#include "daemon/sessions/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "daemon/client/url.h"

namespace tided::daemon {

namespace {

std::string quoted(const std::string& text) {
    return "\"" + text + "\"";
}

/// One entry of a list and where it is, for messages: users[1] "admin".
struct Place {
    YAML::Node node;
    std::string where;
};

/// Reads on after a mistake, with empty values, and keeps the first one.
class Reader {
public:
    explicit Reader(const std::string& directory) : directory_(directory) {}

    Kubeconfig read(const YAML::Node& root, const std::string& context);
    [[nodiscard]] const std::optional<Error>& mistake() const { return mistake_; }

private:
    void refuse(const std::string& where, const std::string& what) {
        note(ErrorCode::invalid_input, where.empty() ? what : where + ": " + what);
    }
    void unsupported(const std::string& where, const std::string& what) {
        note(ErrorCode::unsupported, where + ": " + what);
    }
    void note(ErrorCode code, std::string text) {
        if (!mistake_) {
            mistake_ = Error{.code = code, .message = std::move(text)};
        }
    }
    std::string absolute(const std::string& path) const {
        return path.empty() || path.front() == '/' ? path : directory_ + "/" + path;
    }
    std::string text_of(const YAML::Node& map, const std::string& key, const std::string& where);
    bool truth_of(const YAML::Node& map, const std::string& key, const std::string& where);
    SharedSecret secret_of(const YAML::Node& map, const std::string& key, const std::string& where);
    Place find(const YAML::Node& root,
               const std::string& list,
               const std::string& inner,
               const std::string& name);
    KubePem pem_of(const Place& place, const std::string& key);
    KubeCluster cluster_of(const Place& place);
    std::vector<std::pair<std::string, std::string>> environment_of(const YAML::Node& list,
                                                                    const std::string& where);
    ExecPlugin exec_of(const YAML::Node& node, const std::string& where);
    KubeUser user_of(const Place& place, const std::string& name);

    std::string directory_;
    std::optional<Error> mistake_;
};

/// The text of a key, "" when absent; never repeats the text in an error.
std::string Reader::text_of(const YAML::Node& map,
                            const std::string& key,
                            const std::string& where) {
    const YAML::Node value = map[key];
    if (!value || value.IsNull()) {
        return "";
    }
    if (!value.IsScalar()) {
        refuse(where, key + " must be a text");
        return "";
    }
    return value.Scalar();
}

bool Reader::truth_of(const YAML::Node& map, const std::string& key, const std::string& where) {
    const std::string text = text_of(map, key, where);
    if (!text.empty() && text != "true" && text != "false") {
        refuse(where, key + " must be true or false");
    }
    return text == "true";
}

SharedSecret Reader::secret_of(const YAML::Node& map,
                               const std::string& key,
                               const std::string& where) {
    const std::string text = text_of(map, key, where);
    return text.empty() ? nullptr : std::make_shared<const Secret>(text);
}

/// The entry of `list` with that name, and its `inner` map.
Place Reader::find(const YAML::Node& root,
                   const std::string& list,
                   const std::string& inner,
                   const std::string& name) {
    const YAML::Node entries = root[list];
    if (entries && !entries.IsSequence()) {
        refuse("", list + " must be a list");
        return {};
    }
    std::string known;
    const std::size_t count = entries ? entries.size() : 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string index = list + "[" + std::to_string(i) + "]";
        if (!entries[i].IsMap()) {
            refuse(index, "must be a map");
            return {};
        }
        const std::string its_name = text_of(entries[i], "name", index);
        if (its_name == name) {
            const std::string where = index + " " + quoted(name);
            if (!entries[i][inner] || !entries[i][inner].IsMap()) {
                refuse(where, "has no map " + inner);
                return {};
            }
            return {.node = entries[i][inner], .where = where};
        }
        known += (known.empty() ? "" : ", ") + its_name;
    }
    refuse("",
           list + " has no " + quoted(name) +
               (known.empty() ? "; it is empty" : "; there are: " + known));
    return {};
}

KubePem Reader::pem_of(const Place& place, const std::string& key) {
    const std::string data = text_of(place.node, key + "-data", place.where);
    if (data.empty()) {
        return {.data = nullptr, .path = absolute(text_of(place.node, key, place.where))};
    }
    auto decoded = decode_base64(data);
    if (!decoded || decoded->empty()) {
        refuse(place.where, key + "-data is not base64");
        return {};
    }
    KubePem pem{.data = std::make_shared<const Secret>(*decoded), .path = {}};
    OPENSSL_cleanse(decoded->data(), decoded->size());
    return pem;
}

KubeCluster Reader::cluster_of(const Place& place) {
    KubeCluster cluster;
    cluster.server = text_of(place.node, "server", place.where);
    if (cluster.server.empty()) {
        refuse(place.where, "has no server");
    }
    if (const auto url = parse_url(cluster.server); !url) {
        refuse(place.where, "server: " + url.error().message);
    }
    cluster.ca = pem_of(place, "certificate-authority");
    cluster.tls_server_name = text_of(place.node, "tls-server-name", place.where);
    cluster.proxy_url = text_of(place.node, "proxy-url", place.where);
    cluster.insecure = truth_of(place.node, "insecure-skip-tls-verify", place.where);
    if (cluster.insecure && cluster.ca.is_set()) {
        refuse(place.where,
               "insecure-skip-tls-verify and a certificate-authority exclude each other");
    }
    return cluster;
}

std::vector<std::pair<std::string, std::string>> Reader::environment_of(const YAML::Node& list,
                                                                        const std::string& where) {
    std::vector<std::pair<std::string, std::string>> result;
    if (!list || list.IsNull()) {
        return result;
    }
    if (!list.IsSequence()) {
        refuse(where, "env must be a list");
        return result;
    }
    for (const auto& entry : list) {
        if (!entry.IsMap() || text_of(entry, "name", where).empty()) {
            refuse(where, "each entry of env must have a name and a value");
        }
        result.emplace_back(text_of(entry, "name", where), text_of(entry, "value", where));
    }
    return result;
}

ExecPlugin Reader::exec_of(const YAML::Node& node, const std::string& where) {
    if (!node.IsMap()) {
        refuse(where, "must be a map");
        return {};
    }
    ExecPlugin plugin;
    plugin.api_version = text_of(node, "apiVersion", where);
    const std::string group = "client.authentication.k8s.io/";
    if (plugin.api_version != group + "v1" && plugin.api_version != group + "v1beta1") {
        refuse(where, "apiVersion must be " + group + "v1 or " + group + "v1beta1");
    }
    const std::string command = text_of(node, "command", where);
    if (command.empty()) {
        refuse(where, "has no command");
    }
    const bool is_path = command.find('/') != std::string::npos;
    plugin.argv.push_back(is_path ? absolute(command) : command);
    const YAML::Node arguments = node["args"];
    if (arguments && !arguments.IsNull() && !arguments.IsSequence()) {
        refuse(where, "args must be a list");
    }
    for (const auto& argument : arguments) {
        if (!argument.IsScalar()) {
            refuse(where, "args must be a list of texts");
        }
        plugin.argv.push_back(argument.Scalar());
    }
    plugin.environment = environment_of(node["env"], where);
    plugin.install_hint = text_of(node, "installHint", where);
    plugin.wants_cluster = truth_of(node, "provideClusterInfo", where);
    const std::string mode = text_of(node, "interactiveMode", where);
    if (mode == "Always") {
        unsupported(where,
                    "interactiveMode Always wants a person at a terminal; a daemon has none");
    }
    if (!mode.empty() && mode != "Never" && mode != "IfAvailable") {
        refuse(where, "interactiveMode must be Never, IfAvailable or Always");
    }
    return plugin;
}

KubeUser Reader::user_of(const Place& place, const std::string& name) {
    KubeUser user;
    user.name = name;
    for (const char* key : {"as", "as-uid", "as-groups", "as-user-extra"}) {
        if (place.node[key]) {
            unsupported(place.where,
                        std::string(key) + ": acting as somebody else is not supported");
        }
    }
    if (place.node["auth-provider"]) {
        unsupported(place.where, "auth-provider is gone from Kubernetes; use exec");
    }
    user.certificate = pem_of(place, "client-certificate");
    user.key = pem_of(place, "client-key");
    if (user.certificate.is_set() != user.key.is_set()) {
        refuse(place.where,
               user.key.is_set() ? "has a client-key but no client-certificate"
                                 : "has a client-certificate but no client-key");
    }
    user.token = secret_of(place.node, "token", place.where);
    user.token_file = absolute(text_of(place.node, "tokenFile", place.where));
    user.username = text_of(place.node, "username", place.where);
    user.password = secret_of(place.node, "password", place.where);
    if (user.password && user.username.empty()) {
        refuse(place.where, "has a password but no username");
    }
    if (const YAML::Node exec = place.node["exec"]; exec && !exec.IsNull()) {
        user.exec = exec_of(exec, place.where + ".exec");
    }
    return user;
}

Kubeconfig Reader::read(const YAML::Node& root, const std::string& context) {
    if (!root.IsMap()) {
        refuse("", "it is no map of clusters, users and contexts");
        return {};
    }
    const std::string wanted = context.empty() ? text_of(root, "current-context", "") : context;
    if (wanted.empty()) {
        refuse("", "it has no current-context; name one with context");
        return {};
    }
    const Place place = find(root, "contexts", "context", wanted);
    const std::string cluster = text_of(place.node, "cluster", place.where);
    const std::string user = text_of(place.node, "user", place.where);
    if (cluster.empty() || user.empty()) {
        refuse(place.where, cluster.empty() ? "names no cluster" : "names no user");
    }
    return {.cluster = cluster_of(find(root, "clusters", "cluster", cluster)),
            .user = user_of(find(root, "users", "user", user), user),
            .default_namespace = text_of(place.node, "namespace", place.where)};
}

}  // namespace

Result<Kubeconfig> parse_kubeconfig(std::string_view text,
                                    const std::string& context,
                                    const std::string& directory) {
    try {
        Reader reader(directory);
        auto kubeconfig = reader.read(YAML::Load(std::string(text)), context);
        if (reader.mistake()) {
            return fail(*reader.mistake());
        }
        return kubeconfig;
    } catch (const YAML::Exception& error) {
        const std::string line = "line " + std::to_string(error.mark.line + 1) + ": ";
        return fail(ErrorCode::invalid_input, (error.mark.is_null() ? "" : line) + "not YAML");
    }
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string packed;
    for (const char c : text) {
        if (c != '\n' && c != '\r' && c != ' ') {
            packed += c;
        }
    }
    if (packed.size() % 4 != 0) {
        return std::nullopt;
    }
    std::string result(packed.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                     reinterpret_cast<const unsigned char*>(packed.data()),
                                     static_cast<int>(packed.size()));
    if (size < 0) {
        return std::nullopt;
    }
    const std::size_t padding = packed.ends_with("==") ? 2 : packed.ends_with("=") ? 1 : 0;
    result.resize(static_cast<std::size_t>(size) - padding);
    return result;
}

}  // namespace tided::daemon
