// Config: the policy file after it has been read, checked and compiled. Plain values; each floor
// below supplies the spec of its own part. Nothing here was ever a secret: see SecretRef.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actuators/spec.h"
#include "daemon/config/schedules.h"
#include "daemon/config/vertical.h"
#include "metrics/source.h"
#include "metrics/spec.h"
#include "policy/fleet.h"
#include "policy/spec.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::config {

/// Where a secret is, never what it is.
struct SecretRef {
    enum class Kind : std::uint8_t { credential, file, env } kind = Kind::credential;
    std::string name;  ///< credential's name, absolute path, or variable

    friend bool operator==(const SecretRef&, const SecretRef&) = default;
};

struct Auth {
    std::optional<SecretRef> bearer;
    std::string basic_user;  ///< "" = no basic auth
    std::optional<SecretRef> basic_password;

    friend bool operator==(const Auth&, const Auth&) = default;
};

struct Tls {
    std::optional<SecretRef> ca;           ///< PEM; none = the system's store
    std::optional<SecretRef> certificate;  ///< client certificate, PEM
    std::optional<SecretRef> key;          ///< its key, PEM
    std::string server_name;               ///< "" = the URL's host
    bool insecure = false;                 ///< certificate not verified; check warns

    friend bool operator==(const Tls&, const Tls&) = default;
};

/// What one HTTP session needs to know of its peer.
struct HttpOptions {
    std::string url;  ///< base: "https://host:port/prefix"; "" for scrape sources (full URLs)
    Auth auth;
    Tls tls;
    std::string proxy;                  ///< "http://proxy:3128"; "" = none, "env" = environment's
    std::vector<std::string> no_proxy;  ///< hosts, ".suffix" or CIDR
    std::size_t body_limit = 64 * 1024 * 1024;  ///< decoded bytes
    bool compression = true;                    ///< Accept-Encoding: gzip

    friend bool operator==(const HttpOptions&, const HttpOptions&) = default;
};

struct Source {
    std::string name;
    std::variant<metrics::ScrapeSpec, metrics::PrometheusSpec, metrics::KubernetesMetricsSpec> spec;
    HttpOptions http;
    std::string provider{};           ///< whose session it uses; "" = its own, by `http`
    std::vector<std::string> urls{};  ///< two or more that answer the same; then http.url is ""
    std::optional<HttpOptions> http_sd{};  ///< of the server that lists targets
    std::string kubernetes_sd{};           ///< provider whose API knows targets; "" = none

    friend bool operator==(const Source&, const Source&) = default;
};

enum class ProviderType : std::uint8_t { process_pool, exec, kubernetes };

/// A Kubernetes account: a kubeconfig (YAML text by reference or path), or the pod's own.
struct KubernetesAccount {
    std::optional<SecretRef> kubeconfig;
    std::string context;  ///< "" = current-context
    bool in_cluster = false;

    friend bool operator==(const KubernetesAccount&, const KubernetesAccount&) = default;
};

/// What is true of a provider for placement and money; unused parts stay empty.
struct Facts {
    std::string country;
    bool hds = false;
    bool secnumcloud = false;
    std::string price_per_hour;  ///< "0.08 EUR"

    friend bool operator==(const Facts&, const Facts&) = default;
};

struct Provider {
    std::string name;
    ProviderType type = ProviderType::process_pool;
    KubernetesAccount kubernetes;
    HttpOptions http;  ///< proxy, limits
    Facts facts;

    friend bool operator==(const Provider&, const Provider&) = default;
};

struct Pool {
    std::string name;
    std::string provider;
    actuators::PoolSpec spec;
    double capacity = 1.0;  ///< units of work per replica
    Duration observe_interval = std::chrono::seconds{5};
    Duration step_timeout = std::chrono::seconds{30};
    double price_per_hour = 0.0;  ///< of one replica; 0: not known
    bool is_instance = false;     ///< of a template's: its going ends nothing

    friend bool operator==(const Pool&, const Pool&) = default;
};

/// Where one metric of a policy is read.
struct MetricSource {
    std::string source;
    std::string fallback_source;  ///< "" = none
    metrics::Query query;

    friend bool operator==(const MetricSource&, const MetricSource&) = default;
};

struct Policy {
    policy::PolicySpec spec;
    std::string pool;
    std::vector<MetricSource> metrics;  ///< one per spec.metrics
    Shared<Schedules> schedules;        ///< what spec.schedule is compiled from; none: no schedule
    Shared<Vertical> vertical{};        ///< how its instances are sized; none: they are not
    Duration interval = std::chrono::seconds{5};
    std::int32_t priority = 0;      ///< higher goes first when limits bite
    bool dry_run = false;           ///< this policy alone; the daemon's mode wins
    std::uint64_t fingerprint = 0;  ///< of what is written (fingerprint.h)
    std::string made_of{};  ///< the name of its template; "" when it stands in the file itself

    friend bool operator==(const Policy&, const Policy&) = default;
};

/// A policy and a pool that are made once for each value of a label (for_each); instance.h makes
/// them. The placeholder is the label's name in braces.
struct Template {
    std::string label;
    std::string source;
    metrics::Query query;  ///< its result has the values
    std::size_t max = 0;   ///< instances at most
    Duration grace{};      ///< how long answers must lack a value before its instance goes
    Policy policy;         ///< with placeholders in its queries; its name is the template's
    Pool pool;             ///< with placeholders
    std::map<std::string, Policy> overrides;  ///< the policy for single values

    friend bool operator==(const Template&, const Template&) = default;
};

enum class Mode : std::uint8_t { dry_run, act };

/// Where what an operator must know is sent (JSON by POST).
struct Webhook {
    std::string name;
    HttpOptions http;
    std::vector<std::string>
        events;  ///< empty = all: action_failed metric_stale self_partitioned …

    friend bool operator==(const Webhook&, const Webhook&) = default;
};

/// TLS and access of the read-only listener.
struct Listener {
    std::vector<std::string> addresses{"127.0.0.1:9119"};
    std::optional<SecretRef> certificate;
    std::optional<SecretRef> key;
    std::optional<SecretRef> client_ca;
    std::optional<SecretRef> bearer;
    std::vector<std::string> hosts;  ///< accepted Host names besides the addresses

    friend bool operator==(const Listener&, const Listener&) = default;
};

struct Daemon {
    Listener listen;
    std::string control_socket = "/run/tided/control.sock";
    Duration interval = std::chrono::seconds{5};
    Mode mode = Mode::dry_run;
    std::string state = "/var/lib/tided";
    Duration journal_retention = std::chrono::hours{24 * 30};
    std::size_t journal_limit = 1'000'000;  ///< records
    Duration shutdown_timeout = std::chrono::seconds{20};
    Duration metric_stale_notice = std::chrono::minutes{10};  ///< notify when stale that long
    Ratio self_partition{0.5};  ///< share of sources and providers silent at once that freezes all
    policy::FleetRules limits{};  ///< on all policies together
    std::string log_level = "info";
    std::string log_file;  ///< "" = standard error

    friend bool operator==(const Daemon&, const Daemon&) = default;
};

struct Config {
    Daemon daemon;
    std::vector<Source> sources;
    std::vector<Provider> providers;
    std::vector<Pool> pools;
    std::vector<Policy> policies;
    std::vector<Template> templates;
    std::vector<Webhook> webhooks;

    friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace tided::config
