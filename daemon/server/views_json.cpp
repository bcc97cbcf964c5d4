// views_json: what the daemon shows of itself as JSON: a policy, an event.
#include <cstdint>

#include "daemon/json_text.h"
#include "daemon/server/routes.h"
#include "daemon/size_view.h"

namespace tided::daemon {
namespace {

/// A JSON object in the making, appended to one string.
class Writer {
public:
    explicit Writer(std::string& out) : out_(out) { out_ += '{'; }

    void add(std::string_view key, std::string_view text) {
        append_key(key, out_);
        append_json(text, out_);
    }
    void add(std::string_view key, const std::vector<std::string>& texts) {
        append_key(key, out_);
        append_json(texts, out_);
    }
    void add(std::string_view key, double value) {
        append_key(key, out_);
        append_json(value, out_);
    }
    void add(std::string_view key, std::uint64_t value) { raw(key, std::to_string(value)); }
    void add(std::string_view key, Replicas replicas) { raw(key, to_string(replicas)); }
    void add(std::string_view key, const std::optional<Replicas>& replicas) {
        raw(key, replicas ? to_string(*replicas) : "null");
    }
    /// null when there is none.
    void add_text(std::string_view key, std::string_view text) {
        if (text.empty()) {
            raw(key, "null");
        } else {
            add(key, text);
        }
    }
    /// Nothing when there is none.
    void add_if(std::string_view key, std::string_view text) {
        if (!text.empty()) {
            add(key, text);
        }
    }
    void raw(std::string_view key, std::string_view json) {
        append_key(key, out_);
        out_ += json;
    }
    void end() { out_ += '}'; }

private:
    std::string& out_;
};

std::string_view word_of(Freshness freshness) {
    switch (freshness) {
        case Freshness::absent:
            return "absent";
        case Freshness::stale:
            return "stale";
        case Freshness::partial:
            return "partial";
        case Freshness::fresh:
            return "fresh";
    }
    return "absent";
}

void append_metric(const MetricView& metric, std::string& out) {
    Writer json{out};
    const Reading& reading = metric.reading;
    json.add("name", metric.name);
    json.add("source", metric.source);
    if (metric.target) {
        json.add("target", *metric.target);
    } else {
        json.raw("target", "null");
    }
    json.add("freshness", word_of(reading.freshness));
    if (reading.freshness == Freshness::absent) {
        json.raw("value", "null");
        json.raw("age_seconds", "null");
        json.add("why", to_string(reading.absence));
    } else {
        json.add("value", reading.value);
        json.add("age_seconds", to_seconds(reading.age));
    }
    json.end();
}

/// One amount under each of the bounds; cores and bytes.
std::string bounds_of(const ContainerSize& size, policy::vpa::Resource resource) {
    std::string out;
    Writer json{out};
    const double unit = resource == policy::vpa::Resource::cpu ? 1000.0 : 1.0;
    for (const auto& [bound, amounts] : bounds_of(size)) {
        if (const auto& amount = (*amounts)[resource]) {
            json.add(bound, static_cast<double>(amount->count) / unit);
        }
    }
    json.end();
    return out;
}

std::string sizes_of(const SizeView& view) {
    std::string out = "[";
    for (const ContainerSize& size : view.containers) {
        out += out.size() > 1 ? "," : "";
        Writer json{out};
        json.add("container", size.container);
        json.raw("cpu_cores", bounds_of(size, policy::vpa::Resource::cpu));
        json.raw("memory_bytes", bounds_of(size, policy::vpa::Resource::memory));
        json.add("samples", static_cast<std::uint64_t>(size.samples));
        json.add("first_sample", to_string(size.first_sample));
        json.add("confidence", size.confidence);
        json.add("reasons", size.reasons);
        json.end();
    }
    return out + "]";
}

std::string priced(const policy::joint::Priced& shape) {
    std::string out;
    Writer json{out};
    json.add("replicas", shape.replicas);
    json.add("cpu_cores", policy::joint::cores(shape.size.cpu));
    json.add("memory_bytes", static_cast<double>(shape.size.memory.count));
    json.add("price_per_hour", shape.price.total().per_hour);
    json.end();
    return out;
}

std::string shape_of(const ShapeView& view) {
    std::string out;
    Writer json{out};
    json.add("text", view.text);
    for (const auto& [name, shape] : shapes_of(view)) {
        json.raw(name, priced(*shape));
    }
    json.end();
    return out;
}

std::string metrics_of(const PolicyView& view) {
    std::string out = "[";
    for (const MetricView& metric : view.metrics) {
        if (out.size() > 1) {
            out += ',';
        }
        append_metric(metric, out);
    }
    return out + "]";
}

}  // namespace

std::string to_json(const PolicyView& view, TimePoint now) {
    std::string out;
    Writer json{out};
    json.add("name", view.name);
    json.add_if("template", view.made_of);
    json.add("pool", view.pool);
    json.add("provider", view.provider);
    json.add("mode", view.mode);
    json.add("min", view.min);
    json.add("max", view.max);
    json.add("min_now", view.min_now);
    json.add("max_now", view.max_now);
    json.add("current", view.current);
    json.add("ready", view.ready);
    json.add("desired", view.desired);
    json.add_text("pause", view.pause);
    json.add_text("approval", view.approval);
    json.add_text("trouble", view.trouble);
    json.add_if("schedule_trouble", view.schedule_trouble);
    json.add_text("last_reason", view.last_reason);
    json.add("reasons", view.reasons);
    json.raw("metrics", metrics_of(view));
    if (view.sizes != nullptr) {
        json.raw("vertical", sizes_of(*view.sizes));
        json.add_text("vertical_trouble", view.sizes->trouble);
        if (view.sizes->shape) {
            json.raw("joint", shape_of(*view.sizes->shape));
        }
    }
    if (view.decided_at == TimePoint{}) {
        json.raw("decided_at", "null");
        json.raw("decided_seconds_ago", "null");
    } else {
        json.add("decided_at", to_string(view.decided_at));
        json.add("decided_seconds_ago", to_seconds(now - view.decided_at));
    }
    json.add("ups", view.ups);
    json.add("downs", view.downs);
    json.add("holds", view.holds);
    json.add("refusals", view.refusals);
    json.end();
    return out;
}

std::string to_json(const Event& event) {
    std::string out;
    Writer json{out};
    json.add("at", to_string(event.at));
    json.add("kind", to_string(event.kind));
    json.add("severity", to_string(event.severity));
    json.add_if("policy", event.policy);
    json.add_if("pool", event.pool);
    json.add_if("subject", event.subject);
    json.add("text", event.text);
    json.add_if("step", event.step);
    const bool counts = event.kind == EventKind::decision ||
                        event.kind == EventKind::step_intended ||
                        event.kind == EventKind::step_outcome;
    if (counts) {
        json.add("from", event.from);
        json.add("to", event.to);
    }
    json.add_if("outcome", event.outcome);
    if (!event.reasons.empty()) {
        json.add("reasons", event.reasons);
    }
    json.end();
    return out;
}

namespace {

template <typename View>
std::string all(const std::vector<View>& views, void (*append)(const View&, std::string&)) {
    std::string out = "[";
    for (const View& view : views) {
        if (out.size() > 1) {
            out += ',';
        }
        append(view, out);
    }
    return out + "]";
}

void append_cost(const metrics::LaneCost& cost, std::string& out) {
    Writer json{out};
    json.add("query", cost.query);
    json.add("questions", std::uint64_t{cost.questions});
    json.add("seconds", to_seconds(cost.took));
    json.add("requests", std::uint64_t{cost.requests});
    json.add("bytes", std::uint64_t{cost.bytes});
    json.add("samples", std::uint64_t{cost.samples});
    json.add("samples_read", std::uint64_t{cost.samples_read});
    json.end();
}

void append_source(const SourceView& view, std::string& out) {
    Writer json{out};
    json.add("name", view.name);
    json.add("type", view.type);
    json.add("lanes", std::uint64_t{view.lanes});
    json.add("failing", std::uint64_t{view.failing});
    json.add_text("last_error", view.last_error);
    if (view.finds_targets) {
        json.add("dropped", std::uint64_t{view.dropped});
        json.add_text("discovery_error", view.discovery_error);
    }
    json.add_if("server", view.server);
    if (!view.lanes_by_cost.empty()) {
        json.raw("slowest_lanes", all(view.lanes_by_cost, &append_cost));
    }
    json.end();
}

std::string refused_of(const TemplateView& view) {
    std::string out;
    Writer json{out};
    for (const auto& [value, why] : view.refused) {
        json.add(value, why);
    }
    json.end();
    return out;
}

void append_template(const TemplateView& view, std::string& out) {
    Writer json{out};
    json.add("name", view.name);
    json.add("label", view.label);
    json.add("source", view.source);
    json.add("instances", std::uint64_t{view.counts.present});
    json.add("max", std::uint64_t{view.max});
    json.add("missing", std::uint64_t{view.counts.missing});
    json.add("over_max", std::uint64_t{view.counts.over_max});
    json.add("unfit", std::uint64_t{view.counts.unfit});
    json.raw("refused", refused_of(view));
    json.add_text("listed_at", view.counts.heard ? to_string(*view.counts.heard) : "");
    json.end();
}

void append_provider(const ProviderView& view, std::string& out) {
    Writer json{out};
    json.add("name", view.name);
    json.add("type", view.type);
    json.add_text("last_error", view.last_error);
    json.end();
}

}  // namespace

std::string to_json(const StatusView& view, std::size_t policies) {
    std::string out;
    Writer json{out};
    json.add("version", view.version);
    json.add("mode", view.mode);
    json.add("started", to_string(view.started));
    json.add("now", to_string(view.now));
    json.add("uptime_seconds", to_seconds(view.now - view.started));
    json.add("config", view.config_path);
    json.raw("last_reload_successful", view.last_reload_successful ? "true" : "false");
    json.add_text("last_reload_error", view.last_reload_error);
    json.add_text("frozen", view.frozen);
    json.add("policies", std::uint64_t{policies});
    json.raw("sources", all(view.sources, &append_source));
    json.raw("providers", all(view.providers, &append_provider));
    if (!view.templates.empty()) {
        json.raw("templates", all(view.templates, &append_template));
    }
    json.add("open_steps", std::uint64_t{view.open_steps});
    json.add("state_backlog", std::uint64_t{view.state_backlog});
    json.end();
    return out;
}

}  // namespace tided::daemon
