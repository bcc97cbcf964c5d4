#include "daemon/telemetry/policy_page.h"

#include <algorithm>
#include <array>

#include "daemon/size_view.h"
#include "metrics/number.h"

namespace tided::daemon {
namespace {

constexpr std::size_t policies_per_chunk = 200;

std::span<const ContainerSize> containers_of(const PolicyView& view) {
    return view.sizes == nullptr ? std::span<const ContainerSize>{}
                                 : std::span<const ContainerSize>{view.sizes->containers};
}

/// `name{policy="…"` left open for more labels.
void open_sample(std::string_view name, const PolicyView& view, std::string& out) {
    out += name;
    out += '{';
    append_label("policy", view.name, out);
}

void close_sample(double value, std::string& out) {
    out += "} ";
    metrics::append_number(out, value);
    out += '\n';
}

void append_replicas(std::string_view name,
                     const PolicyView& view,
                     const std::optional<Replicas>& replicas,
                     std::string& out) {
    if (replicas) {
        open_sample(name, view, out);
        close_sample(replicas->count, out);
    }
}

void desired(std::string_view name, const PolicyView& view, std::string& out) {
    append_replicas(name, view, view.desired, out);
}

void current(std::string_view name, const PolicyView& view, std::string& out) {
    append_replicas(name, view, view.current, out);
}

void ready(std::string_view name, const PolicyView& view, std::string& out) {
    append_replicas(name, view, view.ready, out);
}

void least(std::string_view name, const PolicyView& view, std::string& out) {
    append_replicas(name, view, view.min_now, out);
}

void most(std::string_view name, const PolicyView& view, std::string& out) {
    append_replicas(name, view, view.max_now, out);
}

void paused(std::string_view name, const PolicyView& view, std::string& out) {
    open_sample(name, view, out);
    close_sample(view.pause.empty() ? 0.0 : 1.0, out);
}

void acting(std::string_view name, const PolicyView& view, std::string& out) {
    open_sample(name, view, out);
    close_sample(view.mode == "act" ? 1.0 : 0.0, out);
}

void decisions(std::string_view name, const PolicyView& view, std::string& out) {
    struct Row {
        std::string_view direction;
        std::uint64_t count;
    };
    const std::array<Row, 3> rows{{{"down", view.downs}, {"hold", view.holds}, {"up", view.ups}}};
    for (const Row& row : rows) {
        open_sample(name, view, out);
        append_label("direction", row.direction, out);
        close_sample(static_cast<double>(row.count), out);
    }
}

void refusals(std::string_view name, const PolicyView& view, std::string& out) {
    open_sample(name, view, out);
    close_sample(static_cast<double>(view.refusals), out);
}

void last_decision(std::string_view name, const PolicyView& view, std::string& out) {
    if (view.decided_at != TimePoint{}) {
        open_sample(name, view, out);
        close_sample(to_unix_seconds(view.decided_at), out);
    }
}

void start_time(std::string_view name, const PolicyView& view, std::string& out) {
    if (view.start_time) {
        open_sample(name, view, out);
        close_sample(to_seconds(*view.start_time), out);
    }
}

void append_metric(std::string_view name,
                   const PolicyView& view,
                   const MetricView& metric,
                   double value,
                   std::string& out) {
    open_sample(name, view, out);
    append_label("metric", metric.name, out);
    close_sample(value, out);
}

void metric_value(std::string_view name, const PolicyView& view, std::string& out) {
    for (const MetricView& metric : view.metrics) {
        if (metric.reading.freshness != Freshness::absent) {
            append_metric(name, view, metric, metric.reading.value, out);
        }
    }
}

void metric_age(std::string_view name, const PolicyView& view, std::string& out) {
    for (const MetricView& metric : view.metrics) {
        if (metric.reading.freshness != Freshness::absent) {
            append_metric(name, view, metric, to_seconds(metric.reading.age), out);
        }
    }
}

void metric_fresh(std::string_view name, const PolicyView& view, std::string& out) {
    for (const MetricView& metric : view.metrics) {
        append_metric(name, view, metric, metric.reading.is_fresh() ? 1.0 : 0.0, out);
    }
}

void metric_target(std::string_view name, const PolicyView& view, std::string& out) {
    for (const MetricView& metric : view.metrics) {
        if (metric.target) {
            append_metric(name, view, metric, *metric.target, out);
        }
    }
}

void open_size(std::string_view name,
               const PolicyView& view,
               const ContainerSize& size,
               std::string& out) {
    open_sample(name, view, out);
    append_label("container", size.container, out);
}

void append_sizes(std::string_view name,
                  const PolicyView& view,
                  policy::vpa::Resource resource,
                  double unit,
                  std::string& out) {
    for (const ContainerSize& size : containers_of(view)) {
        for (const auto& [bound, amounts] : bounds_of(size)) {
            if (const auto& amount = (*amounts)[resource]) {
                open_size(name, view, size, out);
                append_label("bound", bound, out);
                close_sample(static_cast<double>(amount->count) / unit, out);
            }
        }
    }
}

void vertical_cpu(std::string_view name, const PolicyView& view, std::string& out) {
    append_sizes(name, view, policy::vpa::Resource::cpu, 1000.0, out);
}

void vertical_memory(std::string_view name, const PolicyView& view, std::string& out) {
    append_sizes(name, view, policy::vpa::Resource::memory, 1.0, out);
}

void vertical_samples(std::string_view name, const PolicyView& view, std::string& out) {
    for (const ContainerSize& size : containers_of(view)) {
        open_size(name, view, size, out);
        close_sample(static_cast<double>(size.samples), out);
    }
}

template <typename Amount>
void append_shapes(std::string_view name, const PolicyView& view, Amount amount, std::string& out) {
    if (view.sizes == nullptr || !view.sizes->shape) {
        return;
    }
    for (const auto& [which, shape] : shapes_of(*view.sizes->shape)) {
        open_sample(name, view, out);
        append_label("shape", which, out);
        close_sample(amount(*shape), out);
    }
}

void joint_replicas(std::string_view name, const PolicyView& view, std::string& out) {
    append_shapes(
        name, view, [](const auto& shape) { return shape.replicas.count; }, out);
}

void joint_cpu(std::string_view name, const PolicyView& view, std::string& out) {
    append_shapes(
        name, view, [](const auto& shape) { return policy::joint::cores(shape.size.cpu); }, out);
}

void joint_memory(std::string_view name, const PolicyView& view, std::string& out) {
    append_shapes(
        name,
        view,
        [](const auto& shape) { return static_cast<double>(shape.size.memory.count); },
        out);
}

void joint_price(std::string_view name, const PolicyView& view, std::string& out) {
    append_shapes(
        name, view, [](const auto& shape) { return shape.price.total().per_hour; }, out);
}

constexpr std::array<PolicyFamily, 22> families{{
    {"tided_policy_desired_replicas",
     "Replicas the last decision wants.",
     MetricKind::gauge,
     &desired},
    {"tided_policy_current_replicas",
     "Replicas last observed in the pool.",
     MetricKind::gauge,
     &current},
    {"tided_policy_ready_replicas",
     "Replicas last observed ready in the pool.",
     MetricKind::gauge,
     &ready},
    {"tided_policy_min_replicas", "Lower bound in force.", MetricKind::gauge, &least},
    {"tided_policy_max_replicas", "Upper bound in force.", MetricKind::gauge, &most},
    {"tided_policy_paused", "1 while the policy is paused.", MetricKind::gauge, &paused},
    {"tided_policy_acting",
     "1 when the policy acts, 0 when it only shows what it would do.",
     MetricKind::gauge,
     &acting},
    {"tided_policy_last_decision_timestamp_seconds",
     "When the policy was last decided.",
     MetricKind::gauge,
     &last_decision},
    {"tided_policy_start_seconds",
     "How long a replica takes to start, learned for a metric with a capacity.",
     MetricKind::gauge,
     &start_time},
    {"tided_decisions_total",
     "Decisions by direction, once per evaluation.",
     MetricKind::counter,
     &decisions},
    {"tided_refusals_total", "Vetoes of guards on wanted steps.", MetricKind::counter, &refusals},
    {"tided_policy_metric_value",
     "Last value of the metric's expression.",
     MetricKind::gauge,
     &metric_value},
    {"tided_policy_metric_age_seconds",
     "Age of the samples behind the value.",
     MetricKind::gauge,
     &metric_age},
    {"tided_policy_metric_fresh",
     "1 while the metric has a value of all its targets, younger than its max_age.",
     MetricKind::gauge,
     &metric_fresh},
    {"tided_policy_metric_target",
     "Target of the metric, in its own unit.",
     MetricKind::gauge,
     &metric_target},
    {"tided_vertical_cpu_cores",
     "CPU recommended for each container of that name, by bound.",
     MetricKind::gauge,
     &vertical_cpu},
    {"tided_vertical_memory_bytes",
     "Memory recommended for each container of that name, by bound.",
     MetricKind::gauge,
     &vertical_memory},
    {"tided_vertical_samples",
     "CPU samples behind the recommendation.",
     MetricKind::gauge,
     &vertical_samples},
    {"tided_joint_replicas",
     "Replicas of the shape: the present size, the best one, the runner-up.",
     MetricKind::gauge,
     &joint_replicas},
    {"tided_joint_cpu_cores", "CPU of each of its replicas.", MetricKind::gauge, &joint_cpu},
    {"tided_joint_memory_bytes",
     "Memory of each of its replicas.",
     MetricKind::gauge,
     &joint_memory},
    {"tided_joint_price_per_hour",
     "What the shape costs on average of the demand seen, risks and the change included.",
     MetricKind::gauge,
     &joint_price},
}};

}  // namespace

std::span<const PolicyFamily> policy_families() {
    return families;
}

std::size_t first_after(const PolicyViews& policies, std::string_view name) {
    std::size_t first = 0;
    for (std::size_t left = policies.count(); left > 0;) {
        const std::size_t half = left / 2;
        const bool is_behind = policies.at(first + half).name > name;
        first += is_behind ? 0 : half + 1;
        left = is_behind ? half : left - half - 1;
    }
    return first;
}

std::string PolicyPage::next() {
    std::string out;
    while (out.empty() && family_ < families.size()) {
        const PolicyFamily& family = families[family_];
        if (policy_ == 0) {
            append_head(format_, family.name, family.help, family.kind, out);
        }
        policy_ = policy_ == 0 ? 0 : first_after(policies_, last_);
        const std::size_t end = std::min(policy_ + policies_per_chunk, policies_.count());
        for (; policy_ < end; ++policy_) {
            family.append(family.name, policies_.at(policy_), out);
            last_ = policies_.at(policy_).name;
        }
        if (policy_ >= policies_.count()) {
            ++family_;
            policy_ = 0;
            last_.clear();
        }
    }
    return out;
}

}  // namespace tided::daemon
