// Good files: every sample loads without a word, and those below compile to exactly this Config.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/config/load.h"

using namespace tided;
using namespace tided::config;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const fs::path good = fs::path{TIDED_TEST_CONFIG} / "good";

Config load_good(const std::string& name) {
    const Loaded loaded = load((good / name).string(), {});
    std::string printed;
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        printed += render(diagnostic) + '\n';
    }
    CHECK(printed == "");
    return loaded.config;
}

SecretRef credential(std::string name) {
    return {.kind = SecretRef::Kind::credential, .name = std::move(name)};
}

SecretRef file(std::string path) {
    return {.kind = SecretRef::Kind::file, .name = std::move(path)};
}

policy::PolicySpec spec(std::string name,
                        int min,
                        int max,
                        std::vector<policy::MetricSpec> metrics) {
    policy::PolicySpec out;
    out.name = std::move(name);
    out.min = Replicas{min};
    out.max = Replicas{max};
    out.metrics = std::move(metrics);
    return out;
}

Target average(double amount) {
    return {.kind = TargetKind::average_value, .amount = amount};
}

}  // namespace

TEST_CASE("good files: all of them load without error or warning") {
    for (const auto& entry : fs::directory_iterator{good}) {
        INFO(entry.path().string());
        load_good(entry.path().filename().string());
    }
}

TEST_CASE("good files: the shipped default file, and the same with every example switched on") {
    const std::string path = TIDED_SOURCE "/systemd/tided.toml";
    const Loaded shipped = load(path, {.may_run_programs = false});
    CHECK(shipped.diagnostics.empty());
    CHECK(shipped.config == Config{});

    std::ifstream file{path};
    std::string text;
    for (std::string line; std::getline(file, line);) {
        const bool is_example = line.size() > 1 && line[0] == '#' && line[1] != ' ';
        text += (is_example ? line.substr(1) : line) + '\n';
    }
    const Loaded examples = load_text("tided.toml", text, {});
    CHECK(examples.diagnostics.empty());
    CHECK(examples.config.daemon.mode == Mode::dry_run);
    CHECK(examples.config.policies.size() == 3);
    CHECK(examples.config.webhooks.size() == 1);
}

TEST_CASE("an empty file is all defaults, and they are those of the structs") {
    CHECK(load_good("empty.toml") == Config{});
}

TEST_CASE("minimal: what is not written is the struct's default") {
    Config expected;
    Source apps;
    apps.name = "apps";
    apps.spec = metrics::ScrapeSpec{.name = "apps", .targets = {"127.0.0.1:8081"}, .labels = {}};
    expected.sources = {apps};
    Provider local;
    local.name = "local";
    expected.providers = {local};
    actuators::ProcessPoolSpec worker;
    worker.name = "web";
    worker.command = {"/usr/bin/worker", "--port", "{port}"};
    worker.directory = "/";
    worker.first_port = 8081;
    Pool web;
    web.name = "web";
    web.provider = "local";
    web.spec = worker;
    expected.pools = {web};
    Policy policy;
    policy.pool = "web";
    policy.spec = spec("web", 1, 10, {{.name = "rps", .rule = average(100)}});
    policy.metrics = {{.source = "apps",
                       .fallback_source = "",
                       .query = {.expression = "sum(rate(http_requests_total[1m]))"}}};
    expected.policies = {policy};

    const Config config = load_good("minimal.toml");
    expected.policies[0].fingerprint = config.policies[0].fingerprint;
    CHECK(config.daemon == expected.daemon);
    CHECK(config.sources == expected.sources);
    CHECK(config.providers == expected.providers);
    CHECK(config.pools == expected.pools);
    CHECK(config.policies == expected.policies);
    CHECK(config == expected);
}

TEST_CASE("process_pool: every key of source, provider and pool arrives") {
    const Config config = load_good("process_pool.toml");
    CHECK(config.daemon.listen.addresses ==
          std::vector<std::string>{"127.0.0.1:9119", "[::1]:9119"});
    CHECK(config.daemon.interval == 1s);
    CHECK(config.daemon.mode == Mode::act);
    CHECK(config.daemon.state == "/tmp/tided-demo");
    CHECK(config.daemon.control_socket == "/tmp/tided-demo/control.sock");

    const metrics::ScrapeSpec scrape{
        .name = "workers",
        .interval = 1s,
        .timeout = 500ms,
        .targets = {"127.0.0.1:18081", "127.0.0.1:18082", "[::1]:18083"},
        .labels = {{"service", "demo"}}};
    CHECK(std::get<metrics::ScrapeSpec>(config.sources.at(0).spec) == scrape);
    CHECK(config.providers.at(0).facts ==
          Facts{.country = "FR", .hds = true, .secnumcloud = true, .price_per_hour = "0.08 EUR"});

    const actuators::ProcessPoolSpec pool{
        .name = "web",
        .command = {"/usr/bin/worker", "--port", "{port}", "--name", "web-{index}"},
        .environment = {{"LANG", "C.UTF-8"}, {"PORT", "{port}"}},
        .directory = "/srv/web",
        .first_port = 18081,
        .probe = "http://127.0.0.1:{port}/ready",
        .probe_timeout = 1s,
        .start_timeout = 10s,
        .stop_signal = actuators::Signal::interrupt,
        .stop_grace = 5s,
        .restart_delay = 500ms,
        .restart_delay_max = 30s,
        .initial = Replicas{1},
        .keep = true};
    CHECK(std::get<actuators::ProcessPoolSpec>(config.pools.at(0).spec) == pool);
    CHECK(config.pools[0].capacity == 2.5);
    CHECK(config.pools[0].observe_interval == 2s);
    CHECK(config.pools[0].step_timeout == 20s);
}

TEST_CASE("process_pool: every key of policy, metric and behavior arrives") {
    const Config config = load_good("process_pool.toml");
    Policy expected;
    expected.pool = "web";
    expected.interval = 2s;
    expected.dry_run = true;
    expected.spec =
        spec("web",
             1,
             8,
             {{.name = "rps", .rule = average(50), .max_age = 10s},
              {.name = "queue", .rule = Target{TargetKind::value, 1.5}, .max_age = 30s}});
    expected.spec.behavior = {
        .up = {.stabilization = 3s,
               .select = policy::Select::min,
               .rates = {{policy::RateKind::pods, 2, 10s}, {policy::RateKind::percent, 50, 1min}},
               .tolerance = Ratio{0.05}},
        .down = {.stabilization = 1min,
                 .select = policy::Select::disabled,
                 .rates = {{policy::RateKind::percent, 100, 15s}},
                 .tolerance = Ratio{0.2}}};
    expected.metrics = {
        {.source = "workers",
         .fallback_source = "",
         .query = {.expression = "sum(rate(http_requests_total[10s]))", .max_age = 10s}},
        {.source = "workers",
         .fallback_source = "",
         .query = {.expression = "max(queue_length)", .max_age = 30s}}};
    REQUIRE(config.policies.size() == 1);
    CHECK(config.policies[0].spec == expected.spec);
    CHECK(config.policies[0].metrics == expected.metrics);
    expected.fingerprint = config.policies[0].fingerprint;
    CHECK(config.policies[0] == expected);
}

TEST_CASE(
    "behavior: dotted keys, lists over several lines, the other direction keeps HPA's rules") {
    const policy::Behavior behavior = load_good("behavior.toml").policies.at(0).spec.behavior;
    CHECK(behavior.up.stabilization == 30s);
    CHECK(behavior.up.rates ==
          std::vector<policy::RatePolicy>{{policy::RateKind::pods, 10, 1min},
                                          {policy::RateKind::percent, 50, 1min}});
    policy::ScalingRules down = policy::Behavior{}.down;
    down.select = policy::Select::disabled;
    CHECK(behavior.down == down);
}

TEST_CASE("kubernetes: accounts and workloads") {
    const Config config = load_good("prometheus_kubernetes.toml");
    REQUIRE(config.providers.size() == 2);
    CHECK(config.providers[0].kubernetes ==
          KubernetesAccount{.kubeconfig = file("/etc/tided/kapsule.yaml"), .context = "prod"});
    CHECK(config.providers[0].http.proxy == "http://proxy.example:3128");
    CHECK(config.providers[0].http.no_proxy ==
          std::vector<std::string>{"10.0.0.0/8", ".internal", "localhost"});
    CHECK(config.providers[0].http.body_limit == 8U << 20);
    CHECK_FALSE(config.providers[0].http.compression);
    CHECK(config.providers[1].kubernetes.in_cluster);
    CHECK_FALSE(config.providers[1].kubernetes.kubeconfig.has_value());
    CHECK(std::get<actuators::KubernetesSpec>(config.pools.at(4).spec) ==
          actuators::KubernetesSpec{.name = "rollout",
                                    .workload = "argoproj.io/v1alpha1/rollouts/prod/web"});
    CHECK(std::get<metrics::PrometheusSpec>(config.sources.at(0).spec) ==
          metrics::PrometheusSpec{.name = "prom", .interval = 15s, .timeout = 10s});
    CHECK(config.sources[0].http.url == "https://prometheus.example:9090/prefix");
    CHECK(config.policies.at(0).metrics[0].query.expression ==
          "sum by () (\n  topk(3, kafka_lag{group=~\"web.*\"} offset 1m)\n)\n");
    CHECK(config.policies.at(2).spec.min == Replicas{0});
    CHECK(config.policies.at(3).spec.metrics[0].rule == policy::Rule{average(0.5)});
    CHECK(config.policies.at(4).spec.metrics[0].rule == policy::Rule{average(512.0 * 1024 * 1024)});
}

TEST_CASE("kubernetes metrics: the API, what it is asked of, and whose account asks") {
    const Config config = load_good("kubernetes_metrics.toml");
    using metrics::KubernetesApi;
    using metrics::KubernetesMetricsSpec;
    CHECK(config.sources.at(0) ==
          Source{.name = "pods",
                 .spec = KubernetesMetricsSpec{.name = "pods", .interval = 15s, .timeout = 10s},
                 .http = {},
                 .provider = "prod"});
    CHECK(std::get<KubernetesMetricsSpec>(config.sources.at(1).spec) ==
          KubernetesMetricsSpec{.name = "rps",
                                .interval = 5s,
                                .timeout = 5s,
                                .api = KubernetesApi::custom,
                                .objects = "ingresses.networking.k8s.io",
                                .dialect = metrics::promql::Dialect::prometheus_2});
    CHECK(std::get<KubernetesMetricsSpec>(config.sources.at(2).spec) ==
          KubernetesMetricsSpec{
              .name = "queues", .interval = 30s, .timeout = 20s, .api = KubernetesApi::external});
    CHECK(config.policies.at(0).metrics.at(1).fallback_source == "rps");
}

TEST_CASE("prometheus: several servers, a tenant") {
    const Config config = load_good("prometheus_pair.toml");
    REQUIRE(config.sources.size() == 2);
    CHECK(config.sources[0].http.url.empty());
    CHECK(config.sources[0].urls == std::vector<std::string>{"https://prometheus-1.example:9090",
                                                             "https://prometheus-2.example:9090"});
    CHECK(std::get<metrics::PrometheusSpec>(config.sources[0].spec) ==
          metrics::PrometheusSpec{.name = "pair", .servers = 2, .concurrency = 8});
    CHECK(config.sources[1].http.url == "https://mimir.example/prometheus");
    CHECK(config.sources[1].urls.empty());
    CHECK(std::get<metrics::PrometheusSpec>(config.sources[1].spec) ==
          metrics::PrometheusSpec{.name = "mimir", .tenant = "acme|globex"});
    CHECK(config.policies.at(0).metrics[0].fallback_source == "mimir");
}

TEST_CASE("discovery: every way to find targets, and the rules on them") {
    using metrics::DnsSdSpec;
    using metrics::RelabelSpec;
    const Config config = load_good("discovery.toml");
    REQUIRE(config.sources.size() == 3);
    const auto& spec = std::get<metrics::ScrapeSpec>(config.sources[0].spec);
    const metrics::DiscoverySpec expected{
        .file = metrics::FileSdSpec{.files = {"/etc/tided/targets/*.json", "/etc/tided/more.yml"},
                                    .interval = 1min},
        .http = metrics::HttpSdSpec{.url = "https://cmdb.example.org/targets", .interval = 2min},
        .dns = DnsSdSpec{.names = {"_metrics._tcp.web.example.org"}, .interval = 10s},
        .kubernetes = {},
        .pool = metrics::PoolSdSpec{.pools = {"web"}, .interval = 1s},
        .relabel = {{.source_labels = {"__meta_filepath"},
                     .regex = ".*/([^/]+)[.]json",
                     .target_label = "list"},
                    {.action = RelabelSpec::Action::hashmod,
                     .source_labels = {"__address__"},
                     .target_label = "__tmp_share",
                     .modulus = 4},
                    {.action = RelabelSpec::Action::keep,
                     .source_labels = {"__tmp_share"},
                     .regex = "1"},
                    {.target_label = "zone", .replacement = ""}},
        .target_limit = 2500};
    CHECK(spec.discovery == expected);
    CHECK(config.sources[0].http.auth.bearer == credential("targets"));
    REQUIRE(config.sources[0].http_sd.has_value());
    CHECK(config.sources[0].http_sd->auth.bearer == credential("cmdb"));
    const auto& nodes = std::get<metrics::ScrapeSpec>(config.sources[1].spec);
    CHECK(nodes.discovery.dns ==
          DnsSdSpec{.names = {"nodes.example.org"}, .type = DnsSdSpec::Type::aaaa, .port = 9100});
    const auto& pods = std::get<metrics::ScrapeSpec>(config.sources[2].spec);
    CHECK(config.sources[2].kubernetes_sd == "kapsule");
    CHECK(pods.discovery.kubernetes ==
          metrics::KubernetesSdSpec{.role = metrics::KubernetesSdSpec::Role::endpointslice,
                                    .namespaces = {"prod"},
                                    .label_selector = "app=web",
                                    .field_selector = "metadata.name=web"});
}

TEST_CASE("exec: programs, environment, limits") {
    CHECK(std::get<actuators::ExecSpec>(load_good("exec.toml").pools.at(0).spec) ==
          actuators::ExecSpec{.name = "farm",
                              .observe = {"/usr/local/lib/tided/farm", "observe"},
                              .apply = {"/usr/local/lib/tided/farm", "apply"},
                              .environment = {{"REGION", "gra"}},
                              .directory = "/var/lib/farm",
                              .output_limit = 4096});
}

TEST_CASE("tls and auth: secrets arrive as references") {
    const Config config = load_good("tls_auth.toml");
    CHECK(config.daemon.listen ==
          Listener{.addresses = {"0.0.0.0:9119"},
                   .certificate = credential("listener-cert"),
                   .key = credential("listener-key"),
                   .client_ca = file("/etc/tided/clients.pem"),
                   .bearer = SecretRef{.kind = SecretRef::Kind::env, .name = "TIDED_BEARER"},
                   .hosts = {"tided.example", "tided.internal"}});
    CHECK(config.daemon.log_level == "debug");
    CHECK(config.daemon.log_file == "/var/log/tided/tided.log");
    CHECK(config.daemon.journal_retention == 7 * 24h);
    CHECK(config.daemon.journal_limit == 50'000);
    CHECK(config.daemon.shutdown_timeout == 1min);
    CHECK(config.daemon.metric_stale_notice == 5min);
    CHECK(config.daemon.self_partition == Ratio{0.75});

    const Source& secure = config.sources.at(0);
    CHECK(secure.http.auth == Auth{.bearer = std::nullopt,
                                   .basic_user = "tided",
                                   .basic_password = credential("scrape-password")});
    CHECK(secure.http.tls == Tls{.ca = file("/etc/ssl/private-ca.pem"),
                                 .certificate = credential("client-cert"),
                                 .key = credential("client-key"),
                                 .server_name = "metrics.example"});
    CHECK(secure.http.proxy == "env");
    CHECK(secure.http.body_limit == 1U << 20);
    const auto& scrape = std::get<metrics::ScrapeSpec>(secure.spec);
    CHECK(scrape.scheme == "https");
    CHECK(scrape.metrics_path == "/internal/metrics");
    CHECK(scrape.honor_labels);
    CHECK_FALSE(scrape.honor_timestamps);
    CHECK(scrape.sample_limit == 1000);
    CHECK(scrape.series_limit == 2000);
    CHECK(scrape.memory_limit == 64U << 20U);
    CHECK(scrape.label_limit == 20);
    CHECK(scrape.label_length_limit == 200);
    CHECK(scrape.dialect == metrics::promql::Dialect::prometheus_3);
    CHECK(config.sources.at(1).http.auth.bearer == credential("prom-token"));
    CHECK(std::get<metrics::PrometheusSpec>(config.sources.at(1).spec).dialect ==
          metrics::promql::Dialect::prometheus_2);
    REQUIRE(config.webhooks.size() == 1);
    CHECK(config.webhooks[0].name == "pager");
    CHECK(config.webhooks[0].http.url == "https://pager.example/hook");
    CHECK(config.webhooks[0].http.auth.bearer == credential("pager"));
    CHECK(config.webhooks[0].events ==
          std::vector<std::string>{"action_failed", "metric_stale", "self_partitioned"});
}

TEST_CASE("directory: *.toml in name order make one Config; the rest is not read") {
    const Config config = load_good("directory");
    CHECK(config.daemon.mode == Mode::act);
    REQUIRE(config.pools.size() == 2);
    CHECK(config.pools[0].name == "web");
    CHECK(config.pools[1].name == "api");
    CHECK(config.policies.at(0).spec.name == "web");
    CHECK(config.policies.at(1).spec.name == "api");
}
