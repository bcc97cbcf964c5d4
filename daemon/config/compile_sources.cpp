// [source.NAME]: scrape, prometheus and kubernetes_metrics.
#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <set>

#include "daemon/config/address.h"
#include "daemon/config/compile.h"

namespace tided::config {
namespace {

bool is_label_name(std::string_view name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '_';
           });
}

Labels compile_labels(Compiling& in, const Fields& fields) {
    Labels labels;
    const Node* node = fields.find("labels");
    if (node == nullptr) {
        return labels;
    }
    for (const Node& child : node->children) {
        if (!is_label_name(child.name) || child.name.starts_with("__")) {
            in.report.add(Problem::bad_name,
                          child.key,
                          {child.name, "a label"},
                          "letters, digits and '_', the first no digit; not '__' in front");
        }
        labels.push_back({.name = child.name, .value = child.text});
    }
    return normalised(std::move(labels));
}

struct Pace {
    Duration interval{};
    Duration timeout{};
};

/// Of what answers within a tick of the daemon's.
Pace usual_pace(const Compiling& in) {
    return {.interval = in.config.daemon.interval, .timeout = std::chrono::seconds{3}};
}

Pace compile_pace(Compiling& in, const Fields& fields, Pace usual) {
    Pace pace{.interval = fields.written_duration("interval").value_or(usual.interval)};
    pace.timeout =
        fields.written_duration("timeout").value_or(std::min(usual.timeout, pace.interval));
    refuse_longer(in, fields, {"timeout", pace.timeout}, {"interval", pace.interval});
    return pace;
}

/// Whether a target would send a secret in clear text to another host.
bool is_in_clear(const std::string& target, const std::string& scheme) {
    if (const Result<Url> url = parse_peer_url(target)) {
        return url->scheme == "http" && !is_loopback(url->host);
    }
    return scheme == "http" && !is_loopback(host_of(target));
}

void check_targets(Compiling& in, const Fields& fields, const HttpOptions& http) {
    const Node* node = fields.find("targets");
    if (node == nullptr) {
        return;
    }
    if (node->children.empty()) {
        in.report.add(Problem::empty_value, node->value, {"targets"});
    }
    std::set<std::string_view> seen;
    bool is_warned = http.auth == Auth{};
    for (const Node& child : node->children) {
        if (Status status = check_target(child.text); !status) {
            in.report.add(Problem::bad_address, child.value, {"targets", status.error().message});
            continue;
        }
        if (child.text.find("://") != std::string::npos &&
            child.text.substr(0, child.text.find('/', child.text.find("://") + 3)).find('@') !=
                std::string::npos) {
            in.report.add(Problem::secret_in_url,
                          child.value,
                          {"targets"},
                          "write auth = { username = ..., password = ... } for the source");
            continue;
        }
        if (!seen.insert(child.text).second) {
            in.report.add(Problem::duplicate_entry, child.value, {"targets", child.text});
        }
        if (!is_warned && is_in_clear(child.text, fields.text("scheme"))) {
            is_warned = true;
            in.report.add(Problem::clear_text_secret, child.value, {"the secret of 'auth'"});
        }
    }
}

/// Without targets there must be a way to find some. Who they are is not known here, so a secret
/// for them may travel anywhere.
void check_found(Compiling& in, const Node& node, const Fields& fields, const HttpOptions& http) {
    constexpr std::array<std::string_view, 5> ways{
        "file_sd", "http_sd", "dns_sd", "kubernetes_sd", "pool_sd"};
    const auto way = std::find_if(
        ways.begin(), ways.end(), [&](std::string_view key) { return fields.is_written(key); });
    if (way == ways.end()) {
        if (!fields.is_written("targets")) {
            in.report.add(Problem::missing_key,
                          node.key,
                          {"targets", "[source." + node.name + "]"},
                          "or file_sd, http_sd, dns_sd, kubernetes_sd or pool_sd, which find them");
        }
    } else if (http.auth != Auth{} && fields.text("scheme") == "http" && *way != "pool_sd") {
        in.report.add(
            Problem::clear_text_secret, fields.node()->find(*way)->key, {"the secret of 'auth'"});
    }
}

metrics::ScrapeSpec compile_scrape(Compiling& in, const Node& node, const Fields& fields) {
    const Pace pace = compile_pace(in, fields, usual_pace(in));
    const std::string path = fields.text("metrics_path");
    if (!path.starts_with('/')) {
        in.report.add(Problem::bad_value,
                      fields.place("metrics_path"),
                      {"metrics_path", "it must start with '/'"});
    } else if (const Status valid = check_target("http://host" + path); !valid) {
        in.report.add(Problem::bad_value,
                      fields.place("metrics_path"),
                      {"metrics_path", valid.error().message});
    }
    return {.name = node.name,
            .interval = pace.interval,
            .timeout = pace.timeout,
            .targets = fields.texts("targets"),
            .scheme = fields.text("scheme"),
            .metrics_path = path,
            .labels = compile_labels(in, fields),
            .honor_labels = fields.boolean("honor_labels"),
            .honor_timestamps = fields.boolean("honor_timestamps"),
            .sample_limit = static_cast<std::size_t>(fields.integer("sample_limit")),
            .series_limit = static_cast<std::size_t>(fields.integer("series_limit")),
            .memory_limit = fields.bytes("memory_limit"),
            .label_limit = static_cast<std::size_t>(fields.integer("label_limit")),
            .label_length_limit = fields.bytes("label_length_limit"),
            .dialect = dialect_named(fields.text("promql"))};
}

metrics::KubernetesApi api_called(std::string_view name) {
    return name == "custom"     ? metrics::KubernetesApi::custom
           : name == "external" ? metrics::KubernetesApi::external
                                : metrics::KubernetesApi::resource;
}

/// "pods", "ingresses.networking.k8s.io".
bool is_resource_name(std::string_view name) {
    return !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
           name.back() != '.' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-' || c == '.';
           });
}

void check_objects(Compiling& in, const Fields& fields) {
    const Node* node = fields.find("objects");
    if (node == nullptr) {
        return;
    }
    if (!is_resource_name(node->text)) {
        in.report.add(Problem::bad_value,
                      node->value,
                      {"objects",
                       "a resource is expected as kubectl names it, in the plural: pods or "
                       "ingresses.networking.k8s.io"});
    } else if (fields.text("api") != "custom") {
        in.report.add(Problem::bad_value,
                      node->value,
                      {"objects", "only metrics of api = \"custom\" describe objects"});
    }
}

Source compile_kubernetes(Compiling& in, const Node& node, const Fields& fields) {
    const Pace pace = compile_pace(
        in, fields, {.interval = fields.duration("interval"), .timeout = std::chrono::seconds{10}});
    check_objects(in, fields);
    return {.name = node.name,
            .spec = metrics::KubernetesMetricsSpec{.name = node.name,
                                                   .interval = pace.interval,
                                                   .timeout = pace.timeout,
                                                   .api = api_called(fields.text("api")),
                                                   .objects = fields.text("objects"),
                                                   .dialect = dialect_named(fields.text("promql"))},
            .http = {},
            .provider = fields.text("provider")};
}

bool is_tenant(std::string_view name) {
    static constexpr std::string_view marks = "!-_.*'()";
    static constexpr std::size_t longest = 150;
    return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || marks.find(static_cast<char>(c)) != marks.npos;
           });
}

// "acme", or "acme|globex": the samples of both.
std::string compile_tenant(Compiling& in, const Fields& fields) {
    std::string tenant = fields.text("tenant");
    std::string_view rest = tenant;
    bool is_valid = true;
    for (bool is_last = !fields.is_written("tenant"); !is_last;) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        is_valid = is_valid && is_tenant(rest.substr(0, bar));
        is_last = bar == rest.size();
        rest.remove_prefix(is_last ? bar : bar + 1);
    }
    if (!is_valid) {
        in.report.add(Problem::bad_value,
                      fields.place("tenant"),
                      {"tenant",
                       "each name is 1 to 150 letters, digits or !-_.*'(), not '.' or '..', and "
                       "several are joined by '|'"});
    }
    return tenant;
}

std::vector<std::string> compile_urls(Compiling& in, const Fields& fields) {
    std::vector<std::string> urls;
    const Node* list = fields.find("urls");
    if (fields.is_written("url") == fields.is_written("urls")) {
        in.report.add(Problem::one_of_two,
                      fields.is_written("urls") ? fields.place("urls") : fields.node()->key,
                      {"a prometheus source", "'url' and 'urls'"});
    }
    if (list == nullptr) {
        return urls;
    }
    if (list->children.empty()) {
        in.report.add(Problem::empty_value, list->value, {"urls"});
    }
    for (const Node& child : list->children) {
        check_url(in, "urls", child);
        if (std::find(urls.begin(), urls.end(), child.text) != urls.end()) {
            in.report.add(Problem::duplicate_entry, child.value, {"urls", child.text});
        }
        urls.push_back(child.text);
    }
    return urls;
}

Source compile_prometheus(Compiling& in, const Node& node, const Fields& fields) {
    const Pace pace = compile_pace(in, fields, usual_pace(in));
    Source source{.name = node.name, .spec = {}, .http = compile_http(in, fields), .urls = {}};
    source.http.url = compile_url(in, fields, "url");
    source.urls = compile_urls(in, fields);
    warn_of_clear_text(in, fields, source.http);
    const auto in_clear =
        std::find_if(source.urls.begin(), source.urls.end(), [](const std::string& url) {
            return is_in_clear(url, "https");
        });
    if (in_clear != source.urls.end()) {
        HttpOptions one = source.http;
        one.url = *in_clear;
        warn_of_clear_text(in, fields, one);
    }
    if (source.urls.size() == 1) {
        source.http.url = source.urls.front();
        source.urls.clear();
    }
    source.spec = metrics::PrometheusSpec{
        .name = node.name,
        .interval = pace.interval,
        .timeout = pace.timeout,
        .dialect = dialect_named(fields.text("promql")),
        .tenant = compile_tenant(in, fields),
        .servers = std::max<std::size_t>(source.urls.size(), 1),
        .concurrency = static_cast<std::size_t>(fields.integer("concurrency"))};
    return source;
}

Source compile_scraping(Compiling& in, const Node& node, const Fields& fields) {
    Source source{.name = node.name, .spec = {}, .http = compile_http(in, fields), .urls = {}};
    check_targets(in, fields, source.http);
    source.spec = compile_scrape(in, node, fields);
    compile_discovery(in, fields, source);
    check_found(in, node, fields, source.http);
    return source;
}

}  // namespace

void compile_sources(Compiling& in) {
    for_each_member(in, source_group(), [&](const Node& node, const Fields& fields) {
        const std::string type = fields.text("type");
        in.config.sources.push_back(type == "kubernetes_metrics"
                                        ? compile_kubernetes(in, node, fields)
                                    : type == "scrape" ? compile_scraping(in, node, fields)
                                                       : compile_prometheus(in, node, fields));
        in.source_nodes.push_back(&node);
    });
}

}  // namespace tided::config
