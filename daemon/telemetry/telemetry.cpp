#include "daemon/telemetry/telemetry.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "daemon/telemetry/exposition.h"
#include "daemon/telemetry/fixed_families.h"
#include "daemon/telemetry/policy_page.h"
#include "daemon/telemetry/process_metrics.h"
#include "daemon/telemetry/registry_page.h"
#include "metrics/source.h"

namespace tided::daemon {
namespace {

constexpr std::string_view policies_name = "tided_policies";

using Labels = prometheus::Labels;
using Buckets = prometheus::Histogram::BucketBoundaries;

Labels label(std::string_view key, std::string_view value) {
    return {{std::string{key}, std::string{value}}};
}

Labels label(std::string_view key,
             std::string_view value,
             std::string_view key2,
             std::string_view value2) {
    return {{std::string{key}, std::string{value}}, {std::string{key2}, std::string{value2}}};
}

const Buckets loop_buckets{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5};
const Buckets network_buckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

constexpr std::array<std::string_view, 5> action_outcomes{
    "abandoned", "done", "failed", "refused", "rehearsed"};
constexpr std::array<std::string_view, 4> notification_outcomes{
    "dropped", "duplicate", "failed", "sent"};

}  // namespace

struct Telemetry::Impl {
    using Counters = prometheus::Family<prometheus::Counter>;
    using Gauges = prometheus::Family<prometheus::Gauge>;
    using Histograms = prometheus::Family<prometheus::Histogram>;

    Counters& counters(std::string_view name) {
        return prometheus::BuildCounter()
            .Name(std::string{name})
            .Help(help_of(name))
            .Register(registry);
    }
    Gauges& gauges(std::string_view name) {
        return prometheus::BuildGauge()
            .Name(std::string{name})
            .Help(help_of(name))
            .Register(registry);
    }
    Histograms& histograms(std::string_view name) {
        return prometheus::BuildHistogram()
            .Name(std::string{name})
            .Help(help_of(name))
            .Register(registry);
    }

    prometheus::Registry registry;
    Counters& actions = counters("tided_actions_total");
    Gauges& build_info = gauges("tided_build_info");
    Counters& clock_jumps = counters("tided_clock_jumps_total");
    Gauges& reload_at = gauges("tided_config_last_reload_success_timestamp_seconds");
    Gauges& reload_successful = gauges("tided_config_last_reload_successful");
    Counters& reloads = counters("tided_config_reloads_total");
    Gauges& discovered = gauges("tided_discovered_targets");
    Counters& discoveries = counters("tided_discoveries_total");
    Gauges& discovery_failing = gauges("tided_discovery_failing");
    Gauges& dropped = gauges("tided_dropped_targets");
    Counters& events = counters("tided_events_total");
    Histograms& stalls = histograms("tided_loop_stall_seconds");
    Counters& notifications = counters("tided_notifications_total");
    Gauges& ready = gauges("tided_ready");
    Counters& scrape_bytes = counters("tided_scrape_bytes_total");
    Histograms& scrape_seconds = histograms("tided_scrape_duration_seconds");
    Histograms& scrape_lateness = histograms("tided_scrape_lateness_seconds");
    Counters& scrape_requests = counters("tided_scrape_requests_total");
    Counters& scrape_samples = counters("tided_scrape_samples_total");
    Counters& scrapes = counters("tided_scrapes_total");
    Gauges& self_partitioned = gauges("tided_self_partitioned");
    Counters& limit_refusals = counters("tided_source_limit_refusals_total");
    Counters& odd_samples = counters("tided_source_odd_samples_total");
    Counters& restarts = counters("tided_pool_restarts_total");
    Gauges& lanes = gauges("tided_source_lanes");
    Gauges& lanes_failing = gauges("tided_source_lanes_failing");
    Gauges& server = gauges("tided_source_server");
    Gauges& backlog = gauges("tided_state_backlog_transactions");
    Histograms& commit_seconds = histograms("tided_state_commit_duration_seconds");
    Counters& commits = counters("tided_state_commits_total");
    Gauges& steps = gauges("tided_steps_in_flight");
    Histograms& ticks = histograms("tided_tick_duration_seconds");

    /// A source's series, found once: thousands of fetches a second touch them.
    struct SourceSeries {
        prometheus::Counter& ok;
        prometheus::Counter& failed;
        prometheus::Counter& samples;
        prometheus::Counter& bytes;
        prometheus::Counter& requests;
        prometheus::Histogram& seconds;
        prometheus::Histogram& lateness;
    };

    SourceSeries& of_source(std::string_view source) {
        const auto known = sources.find(source);
        if (known != sources.end()) {
            return known->second;
        }
        const SourceSeries made{
            .ok = scrapes.Add(label("source", source, "outcome", "ok")),
            .failed = scrapes.Add(label("source", source, "outcome", "failed")),
            .samples = scrape_samples.Add(label("source", source)),
            .bytes = scrape_bytes.Add(label("source", source)),
            .requests = scrape_requests.Add(label("source", source)),
            .seconds = scrape_seconds.Add(label("source", source), network_buckets),
            .lateness = scrape_lateness.Add(label("source", source), network_buckets)};
        return sources.emplace(source, made).first->second;
    }

    std::map<std::string, SourceSeries, std::less<>> sources;
    // Found once: these are touched every tick.
    prometheus::Histogram& stall = stalls.Add({}, loop_buckets);
    prometheus::Histogram& tick = ticks.Add({}, loop_buckets);
    prometheus::Histogram& commit = commit_seconds.Add({}, network_buckets);
    prometheus::Counter& commit_ok = commits.Add(label("outcome", "ok"));
    prometheus::Counter& commit_failed = commits.Add(label("outcome", "failed"));
};

Telemetry::Telemetry() : impl_(std::make_unique<Impl>()) {
    impl_->clock_jumps.Add({});
    for (const std::string_view outcome : {"ok", "failed"}) {
        impl_->reloads.Add(label("outcome", outcome));
    }
    for (const std::string_view outcome : notification_outcomes) {
        impl_->notifications.Add(label("outcome", outcome));
    }
    for (int kind = 0; kind <= static_cast<int>(EventKind::schedule_recovered); ++kind) {
        impl_->events.Add(label("kind", to_string(static_cast<EventKind>(kind))));
    }
}

Telemetry::~Telemetry() = default;

void Telemetry::declare_source(std::string_view source) {
    static_cast<void>(impl_->of_source(source));
}

void Telemetry::declare_provider(std::string_view provider) {
    for (const std::string_view outcome : action_outcomes) {
        impl_->actions.Add(label("provider", provider, "outcome", outcome));
    }
}

void Telemetry::forget_source(std::string_view source) {
    for (Impl::Gauges* family : {&impl_->lanes,
                                 &impl_->lanes_failing,
                                 &impl_->server,
                                 &impl_->discovered,
                                 &impl_->discovery_failing,
                                 &impl_->dropped}) {
        if (family->Has(label("source", source))) {
            family->Remove(&family->Add(label("source", source)));
        }
    }
}

void Telemetry::count(const Event& event) {
    impl_->events.Add(label("kind", to_string(event.kind))).Increment();
}

void Telemetry::action(std::string_view provider, std::string_view outcome) {
    impl_->actions.Add(label("provider", provider, "outcome", outcome)).Increment();
}

void Telemetry::scrape(std::string_view source, const metrics::Fetched& fetched, Duration late) {
    const Impl::SourceSeries& series = impl_->of_source(source);
    (fetched.status ? series.ok : series.failed).Increment();
    series.samples.Increment(static_cast<double>(fetched.samples));
    series.bytes.Increment(static_cast<double>(fetched.bytes));
    series.requests.Increment(static_cast<double>(fetched.requests));
    series.seconds.Observe(to_seconds(fetched.took));
    series.lateness.Observe(to_seconds(late));
}

void Telemetry::tick(double seconds) {
    impl_->tick.Observe(seconds);
}

void Telemetry::stall(double seconds) {
    impl_->stall.Observe(seconds);
}

void Telemetry::reload(bool successful, TimePoint at) {
    impl_->reloads.Add(label("outcome", successful ? "ok" : "failed")).Increment();
    impl_->reload_successful.Add({}).Set(successful ? 1.0 : 0.0);
    if (successful) {
        impl_->reload_at.Add({}).Set(to_unix_seconds(at));
    }
}

void Telemetry::clock_jump() {
    impl_->clock_jumps.Add({}).Increment();
}

void Telemetry::state_commit(double seconds, bool ok) {
    impl_->commit.Observe(seconds);
    (ok ? impl_->commit_ok : impl_->commit_failed).Increment();
}

void Telemetry::set_ready(bool ready) {
    impl_->ready.Add({}).Set(ready ? 1.0 : 0.0);
}

void Telemetry::source_health(std::string_view source, const metrics::SourceHealth& health) {
    impl_->lanes.Add(label("source", source)).Set(static_cast<double>(health.lanes));
    impl_->lanes_failing.Add(label("source", source)).Set(static_cast<double>(health.failing));
    if (health.servers > 1) {
        impl_->server.Add(label("source", source)).Set(static_cast<double>(health.server));
    }
}

void Telemetry::targets(std::string_view source,
                        std::size_t found,
                        std::size_t dropped,
                        bool failing) {
    impl_->discovered.Add(label("source", source)).Set(static_cast<double>(found));
    impl_->dropped.Add(label("source", source)).Set(static_cast<double>(dropped));
    impl_->discovery_failing.Add(label("source", source)).Set(failing ? 1.0 : 0.0);
}

void Telemetry::discovery(std::string_view source, bool ok) {
    for (const bool outcome : {true, false}) {
        impl_->discoveries.Add(label("source", source, "outcome", outcome ? "ok" : "failed"))
            .Increment(outcome == ok ? 1.0 : 0.0);
    }
}

void Telemetry::odd_samples(std::string_view source, std::string_view kind, std::uint64_t more) {
    impl_->odd_samples.Add(label("source", source, "kind", kind))
        .Increment(static_cast<double>(more));
}

void Telemetry::page_over_limit(std::string_view source, std::string_view limit) {
    impl_->limit_refusals.Add(label("source", source, "limit", limit)).Increment();
}

void Telemetry::restarts(std::string_view pool, std::uint64_t more) {
    impl_->restarts.Add(label("pool", pool)).Increment(static_cast<double>(more));
}

void Telemetry::forget_pool(std::string_view pool) {
    if (impl_->restarts.Has(label("pool", pool))) {
        impl_->restarts.Remove(&impl_->restarts.Add(label("pool", pool)));
    }
}

void Telemetry::instances(std::string_view policy, const InstanceCounts& counts) {
    set_template_gauges(impl_->registry, policy, counts);
}

void Telemetry::forget_template(std::string_view policy) {
    forget_template_gauges(impl_->registry, policy);
}

void Telemetry::steps_in_flight(std::size_t count) {
    impl_->steps.Add({}).Set(static_cast<double>(count));
}

void Telemetry::state_backlog(std::size_t transactions) {
    impl_->backlog.Add({}).Set(static_cast<double>(transactions));
}

void Telemetry::self_partitioned(bool frozen) {
    impl_->self_partitioned.Add({}).Set(frozen ? 1.0 : 0.0);
}

void Telemetry::notification(std::string_view outcome) {
    impl_->notifications.Add(label("outcome", outcome)).Increment();
}

void Telemetry::build(std::string_view version, std::string_view build) {
    impl_->build_info.Add(label("version", version, "build", build)).Set(1.0);
}

namespace {

std::string fixed_part(Telemetry::Format format,
                       const prometheus::Registry& registry,
                       std::size_t policies) {
    std::string out;
    append_process_metrics(format, out);
    append_registry(format, registry, out);
    append_head(format, policies_name, "Policies in force.", MetricKind::gauge, out);
    out += std::string{policies_name} + " " + std::to_string(policies) + "\n";
    return out;
}

class WholePage final : public Telemetry::Page {
public:
    WholePage(Telemetry::Format format,
              const prometheus::Registry& registry,
              const PolicyViews& policies)
        : format_(format), registry_(registry), views_(policies), policies_(format, policies) {}

    std::string next() override {
        if (!std::exchange(begun_, true)) {
            return fixed_part(format_, registry_, views_.count());
        }
        std::string chunk = policies_.next();
        if (chunk.empty() && format_ == Telemetry::Format::openmetrics_1_0 &&
            !std::exchange(ended_, true)) {
            return "# EOF\n";
        }
        return chunk;
    }

private:
    Telemetry::Format format_;
    const prometheus::Registry& registry_;
    const PolicyViews& views_;
    PolicyPage policies_;
    bool begun_ = false;
    bool ended_ = false;
};

}  // namespace

std::unique_ptr<Telemetry::Page> Telemetry::page(Format format, const PolicyViews& policies) {
    return std::make_unique<WholePage>(format, impl_->registry, policies);
}

std::vector<std::string> own_metric_names() {
    std::vector<std::string> names{std::string{policies_name}};
    for (const FixedFamily& family : fixed_families()) {
        names.emplace_back(family.name);
    }
    for (const auto other : {process_metric_names(), template_gauge_names()}) {
        names.insert(names.end(), other.begin(), other.end());
    }
    for (const PolicyFamily& family : policy_families()) {
        names.emplace_back(family.name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace tided::daemon
