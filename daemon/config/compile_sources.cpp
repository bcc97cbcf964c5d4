// [source.NAME]: scrape and prometheus.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <set>

#include "daemon/config/address.h"
#include "daemon/config/compile.h"

namespace tided::config {
namespace {

constexpr Duration usual_timeout = std::chrono::seconds{3};

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

Pace compile_pace(Compiling& in, const Fields& fields) {
    Pace pace{.interval = fields.written_duration("interval").value_or(in.config.daemon.interval)};
    pace.timeout =
        fields.written_duration("timeout").value_or(std::min(usual_timeout, pace.interval));
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

metrics::ScrapeSpec compile_scrape(Compiling& in, const Node& node, const Fields& fields) {
    const Pace pace = compile_pace(in, fields);
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
            .dialect = dialect_named(fields.text("promql"))};
}

}  // namespace

void compile_sources(Compiling& in) {
    for_each_member(in, source_group(), [&](const Node& node, const Fields& fields) {
        Source source{.name = node.name, .spec = {}, .http = compile_http(in, fields)};
        if (fields.text("type") == "scrape") {
            check_targets(in, fields, source.http);
            source.spec = compile_scrape(in, node, fields);
        } else {
            const Pace pace = compile_pace(in, fields);
            source.http.url = compile_url(in, fields, "url");
            warn_of_clear_text(in, fields, source.http);
            source.spec = metrics::PrometheusSpec{.name = node.name,
                                                  .interval = pace.interval,
                                                  .timeout = pace.timeout,
                                                  .dialect = dialect_named(fields.text("promql"))};
        }
        in.config.sources.push_back(std::move(source));
        in.source_nodes.push_back(&node);
    });
}

}  // namespace tided::config
