#include "daemon/telemetry/registry_page.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <prometheus/registry.h>

#include "daemon/telemetry/exposition.h"
#include "metrics/number.h"

namespace tided::daemon {
namespace {

void append_labels(const std::vector<prometheus::ClientMetric::Label>& labels, std::string& out) {
    for (const auto& pair : labels) {
        append_label(pair.name, pair.value, out);
    }
}

void append_sample(std::string_view name,
                   const std::vector<prometheus::ClientMetric::Label>& labels,
                   double value,
                   std::string& out) {
    out += name;
    if (!labels.empty()) {
        out += '{';
        append_labels(labels, out);
        out += '}';
    }
    out += ' ';
    metrics::append_number(out, value);
    out += '\n';
}

void append_histogram(const std::string& name,
                      const prometheus::ClientMetric& metric,
                      std::string& out) {
    const auto& histogram = metric.histogram;
    for (const auto& bucket : histogram.bucket) {
        std::string bound;
        metrics::append_number(bound, bucket.upper_bound);
        // OpenMetrics wants a float here; 1.0 and 1 are the same series to no one but a text diff.
        if (bound.find_first_of(".eI") == std::string::npos) {
            bound += ".0";
        }
        out += name;
        out += "_bucket{";
        append_labels(metric.label, out);
        append_label("le", bound, out);
        out += "} ";
        metrics::append_number(out, static_cast<double>(bucket.cumulative_count));
        out += '\n';
    }
    append_sample(name + "_sum", metric.label, histogram.sample_sum, out);
    append_sample(name + "_count", metric.label, static_cast<double>(histogram.sample_count), out);
}

void append_family(Telemetry::Format format,
                   const prometheus::MetricFamily& family,
                   std::string& out) {
    const bool counter = family.type == prometheus::MetricType::Counter;
    const bool histogram = family.type == prometheus::MetricType::Histogram;
    const MetricKind kind = counter     ? MetricKind::counter
                            : histogram ? MetricKind::histogram
                                        : MetricKind::gauge;
    append_head(format, family.name, family.help, kind, out);
    for (const prometheus::ClientMetric& metric : family.metric) {
        if (histogram) {
            append_histogram(family.name, metric, out);
        } else {
            append_sample(family.name,
                          metric.label,
                          counter ? metric.counter.value : metric.gauge.value,
                          out);
        }
    }
}

}  // namespace

void append_registry(Telemetry::Format format,
                     const prometheus::Registry& registry,
                     std::string& out) {
    std::vector<prometheus::MetricFamily> families = registry.Collect();
    std::sort(families.begin(), families.end(), [](const auto& left, const auto& right) {
        return left.name < right.name;
    });
    for (prometheus::MetricFamily& family : families) {
        std::sort(family.metric.begin(),
                  family.metric.end(),
                  [](const auto& left, const auto& right) { return left.label < right.label; });
        append_family(format, family, out);
    }
}

}  // namespace tided::daemon
