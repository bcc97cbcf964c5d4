#include "policy/computed.h"

#include <algorithm>

namespace tided::policy {

namespace {

std::vector<std::uint8_t> needed_by(const Formula& formula) {
    std::vector<std::uint8_t> needed;
    for (const Instruction& instruction : formula.program) {
        if (instruction.op == Op::metric) {
            needed.push_back(instruction.metric);
        }
    }
    return needed;
}

/// Depth first; what is on the way from the first metric to this one is `path`.
class Walk {
public:
    explicit Walk(std::span<const MetricSpec> metrics)
        : metrics_(metrics), is_done_(metrics.size(), false) {}

    EvaluationOrder whole() {
        for (std::size_t i = 0; i < metrics_.size(); ++i) {
            visit(static_cast<std::uint8_t>(i));
        }
        return std::move(found_);
    }

private:
    void visit(std::uint8_t metric) {
        if (is_done_[metric] || !found_.cycle.empty()) {
            return;
        }
        const auto before = std::ranges::find(path_, metric);
        if (before != path_.end()) {
            found_.cycle.assign(before, path_.end());
            found_.cycle.push_back(metric);
            return;
        }
        path_.push_back(metric);
        for (const std::uint8_t needed : needed_by(metrics_[metric].formula)) {
            visit(needed);
        }
        path_.pop_back();
        is_done_[metric] = true;
        if (!metrics_[metric].formula.empty()) {
            found_.order.push_back(metric);
        }
    }

    std::span<const MetricSpec> metrics_;
    std::vector<bool> is_done_;
    std::vector<std::uint8_t> path_;
    EvaluationOrder found_;
};

}  // namespace

EvaluationOrder evaluation_order(std::span<const MetricSpec> metrics) {
    return Walk{metrics}.whole();
}

void compute(const PolicySpec& spec, std::span<Reading> readings) {
    for (const std::uint8_t metric : spec.computed) {
        readings[metric] = evaluate(spec.metrics[metric].formula, readings);
    }
}

std::array<std::uint8_t, 2> named_by(const Rule& rule) {
    if (const auto* backlog = std::get_if<Backlog>(&rule)) {
        return {backlog->rate, backlog->arrivals};
    }
    if (const auto* latency = std::get_if<Latency>(&rule)) {
        return {latency->load, no_metric};
    }
    return {no_metric, no_metric};
}

std::vector<std::uint8_t> named_by(const MetricSpec& metric) {
    std::vector<std::uint8_t> named = needed_by(metric.formula);
    for (const std::uint8_t other : named_by(metric.rule)) {
        named.push_back(other);
    }
    std::erase(named, no_metric);
    return named;
}

}  // namespace tided::policy
