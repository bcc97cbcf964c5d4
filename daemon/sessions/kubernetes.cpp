#include "daemon/sessions/kubernetes.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <utility>

#include "daemon/sessions/exec_plugin.h"
#include "daemon/sessions/http_transport.h"
#include "daemon/sessions/kubeconfig.h"

namespace tided::daemon {

namespace asio = boost::asio;
using Steady = std::chrono::steady_clock;

namespace {

constexpr auto expiry_margin = std::chrono::seconds{5};
constexpr auto renew_pause = std::chrono::seconds{10};
constexpr auto failure_pause = std::chrono::seconds{5};
constexpr std::size_t credential_limit = 256 * 1024;

config::SecretRef file_ref(std::string path) {
    return {.kind = config::SecretRef::Kind::file, .name = std::move(path)};
}

/// The last line of a program's diagnostics, fit for a message.
std::string last_line(std::string_view text) {
    while (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    text.remove_prefix(text.rfind('\n') + 1);
    std::string line(text.substr(0, 300));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
    return line;
}

/// Account: who we are at one API server. Shared by the transport and the TLS material of its
/// client.
class Account final : public Authorizer {
public:
    Account(std::shared_ptr<NetworkParts> parts, KubernetesOpening opening)
        : parts_(std::move(parts)), opening_(std::move(opening)), finished_(parts_->io) {}

    /// Reads the kubeconfig, or what a pod has, when it changed.
    Status refresh();
    /// Everything that can be wrong before the first request.
    Status check();
    Result<TlsMaterial> material();
    asio::awaitable<Result<std::string>> authorization(Deadline deadline) override;
    bool renew() override;

    [[nodiscard]] const KubeCluster& cluster() const { return config_.cluster; }

private:
    Status take_kubeconfig(const config::SecretRef& ref);
    Status take_service_account();
    Result<SharedSecret> pem(const KubePem& pem,
                             Privacy privacy,
                             const char* what,
                             std::string& name);
    Result<std::string> fixed_authorization();
    asio::awaitable<Status> ask_plugin(Deadline deadline);
    asio::awaitable<Result<ExecCredential>> run_plugin(Deadline deadline);
    [[nodiscard]] bool has_credential() const;

    std::shared_ptr<NetworkParts> parts_;
    KubernetesOpening opening_;
    std::string name_;   ///< of the kubeconfig, for messages
    SharedSecret text_;  ///< of the kubeconfig as last read
    Kubeconfig config_;
    ExecCredential credential_;
    Steady::time_point renewed_ = Steady::time_point::min();
    std::optional<Error> failure_;  ///< of the plugin's last run
    Steady::time_point failed_{};
    bool running_ = false;
    Bell finished_;
};

Status Account::refresh() {
    const auto& ref = opening_.account.kubeconfig;
    if (ref) {
        return take_kubeconfig(*ref);
    }
    return config_.cluster.server.empty() ? take_service_account() : Status{};
}

Status Account::take_kubeconfig(const config::SecretRef& ref) {
    auto text = parts_->secrets.read(ref);
    if (!text) {
        return fail(std::move(text).error());
    }
    if (*text == text_) {
        return {};
    }
    name_ = "kubeconfig " + daemon::to_string(ref);
    const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
    std::string directory = "/";
    if (ref.kind == config::SecretRef::Kind::file) {
        directory = ref.name.substr(0, ref.name.rfind('/'));
    } else if (ref.kind == config::SecretRef::Kind::credential && credentials != nullptr) {
        directory = credentials;
    }
    auto parsed = parse_kubeconfig((*text)->reveal(), opening_.account.context, directory);
    if (!parsed) {
        return fail(std::move(parsed).error().within(name_));
    }
    if (text_ && parsed->cluster.server != config_.cluster.server) {
        return fail(ErrorCode::invalid_input,
                    name_ + ": its server changed to " + parsed->cluster.server +
                        "; reload the policy file to follow it");
    }
    config_ = *std::move(parsed);
    credential_ = {};
    text_ = *std::move(text);
    return {};
}

Status Account::take_service_account() {
    name_ = "the pod's account";
    const char* const host = std::getenv("KUBERNETES_SERVICE_HOST");
    const char* const port = std::getenv("KUBERNETES_SERVICE_PORT");
    if (host == nullptr || port == nullptr) {
        return fail(ErrorCode::not_found,
                    "in_cluster: this is no pod, KUBERNETES_SERVICE_HOST and _PORT are not set");
    }
    const bool is_v6 = std::string_view(host).find(':') != std::string_view::npos;
    const std::string name = is_v6 ? "[" + std::string(host) + "]" : host;
    config_.cluster.server = "https://" + name + ":" + port;
    config_.cluster.ca.path = opening_.service_account + "/ca.crt";
    config_.user.token_file = opening_.service_account + "/token";
    return {};
}

Status Account::check() {
    if (auto fresh = refresh(); !fresh) {
        return fresh;
    }
    const auto& exec = config_.user.exec;
    if (exec && !opening_.may_run_programs) {
        return fail(ErrorCode::forbidden,
                    name_ + ": user \"" + config_.user.name + "\" runs the program " +
                        exec->argv.front() +
                        ", which the service's sandbox forbids; "
                        "/etc/systemd/system/tided.service.d/workers.conf allows it");
    }
    const auto tls = material();
    if (!tls) {
        return fail(tls.error());
    }
    if (auto usable = parts_->tls.check(*tls); !usable) {
        return fail(std::move(usable).error().within(name_));
    }
    if (auto fixed = fixed_authorization(); !fixed) {
        return fail(std::move(fixed).error());
    }
    return {};
}

Result<SharedSecret> Account::pem(const KubePem& pem,
                                  Privacy privacy,
                                  const char* what,
                                  std::string& name) {
    if (pem.data || pem.path.empty()) {
        name = pem.data ? name_ + "'s " + what : "";
        return pem.data;
    }
    const auto ref = file_ref(pem.path);
    name = daemon::to_string(ref);
    return parts_->secrets.read(ref, privacy);
}

Result<TlsMaterial> Account::material() {
    TlsMaterial material;
    material.server_name = config_.cluster.tls_server_name;
    material.insecure = config_.cluster.insecure;
    auto ca =
        pem(config_.cluster.ca, Privacy::open, "certificate-authority-data", material.ca_name);
    auto certificate = pem(config_.user.certificate,
                           Privacy::open,
                           "client-certificate-data",
                           material.certificate_name);
    auto key = pem(config_.user.key, Privacy::hidden, "client-key-data", material.key_name);
    if (!ca || !certificate || !key) {
        const Error& error = !ca ? ca.error() : !certificate ? certificate.error() : key.error();
        return fail(Error(error).within(name_));
    }
    material.ca = *std::move(ca);
    material.certificate = *std::move(certificate);
    material.key = *std::move(key);
    if (credential_.certificate) {
        material.certificate = credential_.certificate;
        material.key = credential_.key;
        material.certificate_name = material.key_name = "the exec plugin's certificate";
    }
    return material;
}

/// The header of users without exec plugin: token file, token, basic, none.
Result<std::string> Account::fixed_authorization() {
    const KubeUser& user = config_.user;
    if (!user.token_file.empty()) {
        const bool ours = opening_.account.in_cluster;  // a pod's token is mounted world-readable
        auto token =
            parts_->secrets.read(file_ref(user.token_file), ours ? Privacy::open : Privacy::hidden);
        if (!token) {
            return fail(std::move(token).error().within(name_));
        }
        return "Bearer " + std::string((*token)->reveal());
    }
    if (user.token) {
        return "Bearer " + std::string(user.token->reveal());
    }
    if (!user.username.empty()) {
        const auto password = user.password ? user.password->reveal() : std::string_view();
        return basic_authorization(user.username, password);
    }
    return std::string();
}

bool Account::has_credential() const {
    if (!credential_.token && !credential_.certificate) {
        return false;
    }
    return !credential_.expires ||
           std::chrono::system_clock::now() + expiry_margin < *credential_.expires;
}

asio::awaitable<Result<std::string>> Account::authorization(Deadline deadline) {
    if (auto fresh = refresh(); !fresh) {
        co_return fail(std::move(fresh).error());
    }
    auto fixed = fixed_authorization();
    if (!fixed || !fixed->empty() || !config_.user.exec) {
        co_return fixed;
    }
    if (auto asked = co_await ask_plugin(deadline); !asked) {
        co_return fail(std::move(asked).error());
    }
    co_return credential_.token ? "Bearer " + std::string(credential_.token->reveal())
                                : std::string();
}

/// Sees to a valid credential. Whoever comes while the plugin runs waits for that run.
asio::awaitable<Status> Account::ask_plugin(Deadline deadline) {
    while (running_) {
        const Woken woken = co_await finished_.wait(deadline.at);
        if (woken != Woken::rung) {
            const bool late = woken == Woken::late;
            co_return fail(late ? ErrorCode::timed_out : ErrorCode::cancelled,
                           "waiting for the exec plugin " + config_.user.exec->argv.front() +
                               (late ? ": timed out" : ": cancelled"));
        }
    }
    if (has_credential()) {
        co_return Status{};
    }
    if (failure_ && Steady::now() - failed_ < failure_pause) {
        co_return fail(*failure_);
    }
    const auto release = [this](void*) {
        running_ = false;
        finished_.ring();
    };
    running_ = true;
    const std::unique_ptr<void, decltype(release)> run(this, release);
    auto credential = co_await run_plugin(deadline);
    if (!credential) {
        failure_ = std::move(credential).error();
        failed_ = Steady::now();
        co_return fail(*failure_);
    }
    failure_.reset();
    credential_ = *std::move(credential);
    co_return Status{};
}

asio::awaitable<Result<ExecCredential>> Account::run_plugin(Deadline deadline) {
    const ExecPlugin plugin = *config_.user.exec;
    const std::string clause = "exec plugin " + plugin.argv.front();
    std::string ignored;
    const auto ca = pem(config_.cluster.ca, Privacy::open, "", ignored);
    auto command =
        exec_command(plugin, config_.cluster, ca && *ca ? (*ca)->reveal() : std::string_view());
    auto finished =
        co_await opening_.processes->run(std::move(command), "", credential_limit, deadline);
    if (!finished) {
        Error error = std::move(finished).error().within(clause);
        if (error.code == ErrorCode::not_found && !plugin.install_hint.empty()) {
            error.message += "; " + last_line(plugin.install_hint);
        }
        error.effect = Effect::none;  // of the request, which never left
        co_return fail(std::move(error));
    }
    if (finished->exit != actuators::Exit{}) {
        const auto& exit = finished->exit;
        std::string text =
            clause + (exit.signal != 0 ? " was ended by signal " + std::to_string(exit.signal)
                                       : " exited with status " + std::to_string(exit.code));
        const std::string said = last_line(finished->diagnostics);
        co_return fail(ErrorCode::unauthenticated, text + (said.empty() ? "" : ": " + said));
    }
    auto credential = parse_exec_credential(finished->output, plugin);
    if (!credential) {
        co_return fail(std::move(credential).error().within(clause));
    }
    co_return credential;
}

bool Account::renew() {
    const auto now = Steady::now();
    const bool lately = renewed_ != Steady::time_point::min() && now - renewed_ < renew_pause;
    if (!config_.user.exec || running_ || lately) {
        return false;
    }
    renewed_ = now;
    credential_ = {};
    return true;
}

}  // namespace

Result<std::unique_ptr<Session>> open_kubernetes(std::shared_ptr<NetworkParts> parts,
                                                 KubernetesOpening opening) {
    const config::HttpOptions options = opening.options;
    const auto account = std::make_shared<Account>(parts, std::move(opening));
    if (auto checked = account->check(); !checked) {
        return fail(std::move(checked).error());
    }
    auto base = parse_url(account->cluster().server);
    if (!base) {
        return fail(std::move(base).error());
    }
    const auto& own_proxy = account->cluster().proxy_url;
    auto proxies =
        ProxyRules::make(own_proxy.empty() ? options.proxy : own_proxy, options.no_proxy);
    if (!proxies) {
        return fail(std::move(proxies).error());
    }
    auto client = std::make_unique<HttpClient>(
        std::move(parts),
        ClientOptions{.material = [account] { return account->material(); },
                      .proxies = *std::move(proxies)});
    return make_http_transport(std::move(client),
                               account,
                               {.base = *std::move(base),
                                .body_limit = options.body_limit,
                                .compression = options.compression});
}

}  // namespace tided::daemon
