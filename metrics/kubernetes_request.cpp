#include "metrics/kubernetes_request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "metrics/evaluate.h"
#include "metrics/label_selector.h"
#include "metrics/percent.h"
#include "metrics/sources.h"

namespace tided::metrics {
namespace {

using Kind = KubernetesRequest::Kind;

constexpr std::array<std::string_view, 3> pod_metrics{
    "pod_cpu_usage_cores", "pod_memory_working_set_bytes", "pod_metrics_window_seconds"};
constexpr std::array<std::string_view, 3> node_metrics{
    "node_cpu_usage_cores", "node_memory_working_set_bytes", "node_metrics_window_seconds"};
constexpr std::string_view metric_prefix = "metric_";

bool is_one_of(std::string_view name, const std::array<std::string_view, 3>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

tl::unexpected<Error> refused(std::string why) {
    return fail(ErrorCode::invalid_input, std::move(why));
}

void append_selector(std::string& path, std::string_view key, const LabelSelector& selector) {
    if (!selector.empty()) {
        path += path.find('?') == std::string::npos ? '?' : '&';
        path += key;
        path += '=' + percent_encoded(selector.text());
    }
}

// "pods" -> "pod", "ingresses.networking.k8s.io" -> "ingress": Kubernetes' own rule for plurals,
// backwards.
std::string singular(std::string_view resource) {
    std::string word{resource.substr(0, resource.find('.'))};
    const auto drop = [&](std::string_view ending, std::string_view instead) {
        if (!word.ends_with(ending)) {
            return false;
        }
        word.replace(word.size() - ending.size(), ending.size(), instead);
        return true;
    };
    static_cast<void>(drop("ies", "y") || drop("sses", "ss") || drop("xes", "x") ||
                      drop("ches", "ch") || drop("shes", "sh") || drop("s", ""));
    return word;
}

// The matchers of one selector, sorted into what a request is made of.
class Taker {
public:
    Taker(const promql::VectorSelector& selector, const KubernetesMetricsSpec& spec)
        : matchers_(selector.matchers), spec_(spec) {}

    Result<KubernetesSelection> take() {
        for (auto step : {&Taker::take_name, &Taker::take_space}) {
            if (Status done = (this->*step)(); !done) {
                return fail(std::move(done).error());
            }
        }
        const Status rest = taken_.request.kind == Kind::pods     ? take_pods()
                            : taken_.request.kind == Kind::nodes  ? take_nodes()
                            : taken_.request.kind == Kind::custom ? take_custom()
                                                                  : take_external();
        if (!rest) {
            return fail(rest.error());
        }
        taken_.request.implied = normalised(std::move(taken_.request.implied));
        return std::move(taken_);
    }

private:
    // What `label` must be, when one matcher says it and no other speaks of it; else "".
    [[nodiscard]] std::string fixed(std::string_view label) const {
        const auto is_on = [&](const Matcher& matcher) { return matcher.name() == label; };
        const auto found = std::find_if(matchers_.begin(), matchers_.end(), is_on);
        const bool is_fixed = found != matchers_.end() && found->op() == MatchOp::equal &&
                              std::none_of(found + 1, matchers_.end(), is_on);
        // Dots alone would be steps in a path.
        return is_fixed && found->value() != "." && found->value() != ".." ? found->value()
                                                                           : std::string{};
    }

    Status take_name() {
        taken_.name = fixed(metric_name_label);
        if (taken_.name.empty()) {
            return refused("name the metric: the API is asked for one at a time");
        }
        KubernetesRequest& request = taken_.request;
        if (spec_.api != KubernetesApi::resource) {
            request.kind = spec_.api == KubernetesApi::custom ? Kind::custom : Kind::external;
            request.metric = taken_.name;
        } else if (is_one_of(taken_.name, pod_metrics) || is_one_of(taken_.name, node_metrics)) {
            request.kind = is_one_of(taken_.name, pod_metrics) ? Kind::pods : Kind::nodes;
        } else {
            return refused("the resource metrics API has no '" + taken_.name +
                           "': it has {pod,node}_cpu_usage_cores, "
                           "{pod,node}_memory_working_set_bytes and "
                           "{pod,node}_metrics_window_seconds");
        }
        return {};
    }

    [[nodiscard]] bool is_of_cluster() const {
        return taken_.request.kind == Kind::nodes ||
               (taken_.request.kind == Kind::custom &&
                (spec_.objects == "nodes" || spec_.objects == "persistentvolumes"));
    }

    Status take_space() {
        if (is_of_cluster()) {
            return {};
        }
        taken_.request.space = fixed("namespace");
        if (taken_.request.space.empty()) {
            return refused(
                "name the namespace, {namespace=\"...\"}: the API is asked for one at a "
                "time");
        }
        taken_.request.path = "/namespaces/" + percent_encoded(taken_.request.space);
        return {};
    }

    // Matchers on `own` labels are left to the store, those on others become requirements.
    Status take_others(std::initializer_list<std::string_view> own) {
        for (const Matcher& matcher : matchers_) {
            const std::string& name = matcher.name();
            if (name == metric_name_label || (name == "namespace" && !is_of_cluster())) {
                continue;
            }
            if (std::find(own.begin(), own.end(), name) != own.end()) {
                taken_.rest.push_back(matcher);
                continue;
            }
            const bool of_metric =
                taken_.request.kind == Kind::custom && name.starts_with(metric_prefix);
            Status added = of_metric
                               ? metric_labels_.add(matcher, name.substr(metric_prefix.size()))
                               : labels_.add(matcher, name);
            if (!added) {
                return added;
            }
            if (matcher.op() == MatchOp::equal) {
                taken_.request.implied.push_back({.name = name, .value = matcher.value()});
            }
        }
        return {};
    }

    Status take_pods() {
        taken_.request.path += "/pods";
        taken_.request.resource = "pods";
        Status others = take_others({"pod", "container"});
        append_selector(taken_.request.path, "labelSelector", labels_);
        return others;
    }

    Status take_nodes() {
        taken_.request.path = "/nodes";
        taken_.request.resource = "nodes";
        Status others = take_others({"node"});
        append_selector(taken_.request.path, "labelSelector", labels_);
        return others;
    }

    // One object is asked for by its name, several by their labels. The namespace itself is
    // described at /namespaces/NAME/metrics/METRIC.
    Status take_custom() {
        KubernetesRequest& request = taken_.request;
        const bool is_namespace = spec_.objects == "namespaces";
        request.object_label = singular(spec_.objects);
        request.resource = is_namespace ? "metrics" : spec_.objects + "/" + request.metric;
        Status others = take_others({request.object_label});
        const std::string name = fixed(request.object_label);
        if (is_namespace && !labels_.empty()) {
            return refused("a namespace is chosen by its name alone");
        }
        if (is_namespace) {
            request.path += "/metrics/";
        } else {
            request.path += "/" + percent_encoded(spec_.objects);
            request.path +=
                name.empty() || !labels_.empty() ? "/*/" : "/" + percent_encoded(name) + "/";
        }
        request.path += percent_encoded(request.metric);
        append_selector(request.path, "labelSelector", labels_);
        append_selector(request.path, "metricLabelSelector", metric_labels_);
        return others;
    }

    Status take_external() {
        taken_.request.path += "/" + percent_encoded(taken_.request.metric);
        taken_.request.resource = taken_.request.metric;
        Status others = take_others({});
        append_selector(taken_.request.path, "labelSelector", labels_);
        return others;
    }

    const std::vector<Matcher>& matchers_;
    const KubernetesMetricsSpec& spec_;
    KubernetesSelection taken_;
    LabelSelector labels_;
    LabelSelector metric_labels_;
};

// `{__name__="…",container!="proxy"}`
std::string stored_selector(const KubernetesSelection& selection) {
    const auto name = Matcher::make(std::string{metric_name_label},
                                    MatchOp::equal,
                                    stored_name(selection.name, selection.request));
    std::string text = "{" + to_string(*name);
    for (const Matcher& matcher : selection.rest) {
        text += "," + to_string(matcher);
    }
    return text + "}";
}

}  // namespace

std::string_view group_of(Kind kind) {
    switch (kind) {
        case Kind::pods:
        case Kind::nodes:
            return "metrics.k8s.io";
        case Kind::custom:
            return "custom.metrics.k8s.io";
        case Kind::external:
            break;
    }
    return "external.metrics.k8s.io";
}

std::string url_of(const KubernetesRequest& request, std::string_view version) {
    std::string url = "/apis/";
    url += group_of(request.kind);
    url += '/';
    url += version;
    return url + request.path;
}

std::string rule_for(const KubernetesRequest& request) {
    return "{apiGroups: [\"" + std::string{group_of(request.kind)} + "\"], resources: [\"" +
           request.resource + "\"], verbs: [\"" + (request.kind == Kind::custom ? "get" : "list") +
           "\"]}";
}

Result<KubernetesSelection> select(const promql::VectorSelector& selector,
                                   const KubernetesMetricsSpec& spec) {
    return Taker{selector, spec}.take();
}

std::string stored_name(std::string_view name, const KubernetesRequest& request) {
    return std::string{name} + " of " + request.path;
}

Result<KubernetesQuery> make_kubernetes_query(const std::string& expression,
                                              const KubernetesMetricsSpec& spec) {
    const auto evaluator = make_evaluator(expression, {.dialect = spec.dialect});
    if (!evaluator) {
        return fail(evaluator.error());
    }
    KubernetesQuery query;
    std::size_t copied = 0;
    for (const promql::SelectorUse& use : promql::selectors_of(evaluator->expression())) {
        auto selection = select(*use.selector, spec);
        if (!selection) {
            return fail(
                ErrorCode::invalid_input,
                promql::position_prefix(expression, use.span.begin) + selection.error().message);
        }
        query.expression += expression.substr(copied, use.span.begin - copied);
        query.expression += stored_selector(*selection);
        copied = use.span.end;
        if (std::find(query.requests.begin(), query.requests.end(), selection->request) ==
            query.requests.end()) {
            query.requests.push_back(std::move(selection->request));
        }
    }
    query.expression += expression.substr(copied);
    return query;
}

Status check_expression(const std::string& expression, const KubernetesMetricsSpec& spec) {
    const auto query = make_kubernetes_query(expression, spec);
    return query ? Status{} : Status{fail(query.error())};
}

}  // namespace tided::metrics
