// Doubts about a policy: numbers that are right by themselves and can never matter beside the
// others.
#include <algorithm>
#include <cmath>
#include <string>

#include "daemon/config/compile.h"
#include "policy/number.h"

namespace tided::config {
namespace {

/// The usable value behind `keys`, or null.
const Node* value_at(const Node* node, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        node = node == nullptr || !node->is_usable ? nullptr : node->find(key);
    }
    return node != nullptr && node->is_usable ? node : nullptr;
}

void doubt(Compiling& in, const Node& value, const std::string& why) {
    in.report.add(Problem::no_effect, value.value, {value.name, why});
}

// ---- counts ----

/// A count that is written where the policy's max holds instead.
void check_count(Compiling& in, const Node* count, Replicas max) {
    if (count != nullptr && count->integer > max.count) {
        doubt(
            in,
            *count,
            shown(*count) + " is more than the policy's 'max' " + to_string(max) + ", which holds");
    }
}

void check_threshold(Compiling& in, const Node& metric) {
    const Node* up = value_at(&metric, {"threshold", "up_to"});
    const Node* down = value_at(&metric, {"threshold", "down_to"});
    if (up != nullptr && down != nullptr && up->integer < down->integer) {
        doubt(in,
              *up,
              shown(*up) + " is less than 'down_to' " + shown(*down) +
                  ": a count between them never changes");
    }
}

void check_metric(Compiling& in, const Node& metric, const policy::PolicySpec& spec) {
    check_threshold(in, metric);
    check_count(in, value_at(&metric, {"threshold", "up_to"}), spec.max);
    if (const Node* bands = value_at(&metric, {"steps"})) {
        for (const Node& band : bands->children) {
            check_count(in, value_at(&band, {"replicas"}), spec.max);
        }
    }
    const Node* fallback = value_at(&metric, {"fallback", "replicas"});
    check_count(in, fallback, spec.max);
    const Replicas least = std::min(spec.idle.value_or(spec.min), spec.min);
    if (fallback != nullptr && fallback->integer <= least.count) {
        doubt(in,
              *fallback,
              "there are never fewer than " + to_string(least) + ", and it never lowers the count");
    }
}

void check_directions(Compiling& in, const Fields& fields) {
    const Node* up = value_at(fields.node(), {"behavior", "scale_up", "select"});
    const Node* down = value_at(fields.node(), {"behavior", "scale_down", "select"});
    if (up != nullptr && down != nullptr && up->text == "disabled" && down->text == "disabled") {
        doubt(in, *down, "with both directions disabled no metric changes the count");
    }
}

// ---- sizes ----

/// CPU is counted in thousandths of a core.
void check_cores(Compiling& in, const Fields& cpu, std::string_view key) {
    const Node* written = cpu.find(key);
    if (written == nullptr) {
        return;
    }
    const double exact = written->kind == Node::Kind::text
                             ? parse_quantity(written->text).value_or(0.0) * 1000.0
                             : cpu.number(key) * 1000.0;
    const auto taken = std::llround(cpu.number(key) * 1000.0);
    constexpr double rounding = 1e-6;
    if (std::abs(exact - static_cast<double>(taken)) > rounding) {
        doubt(in,
              *written,
              "CPU is counted in thousandths of a core, so it is taken for " +
                  std::to_string(taken) + 'm');
    }
}

void check_sizing(Compiling& in, const Fields& sizing) {
    for (const char* resource : {"cpu", "memory"}) {
        const Fields fields = sizing.inner(resource);
        const Node* target = fields.find("target_percentile");
        if (target != nullptr && fields.number("target_percentile") <= 0.0) {
            doubt(in, *target, "it covers no usage at all, so only bounds and margin matter");
        }
    }
    for (const char* key : {"min", "max", "round", "pod_min"}) {
        check_cores(in, sizing.inner("cpu"), key);
    }
}

}  // namespace

void warn_of_no_effect(Compiling& in, const Fields& fields, const policy::PolicySpec& spec) {
    const Node* metrics = fields.find("metric");
    const bool is_max_known = fields.find("max") != nullptr && spec.min <= spec.max;
    for (std::size_t i = 0; is_max_known && metrics != nullptr && i < metrics->children.size();
         ++i) {
        check_metric(in, metrics->children[i], spec);
    }
    check_directions(in, fields);
    if (fields.find("vertical") != nullptr) {
        check_sizing(in, fields.inner("vertical"));
    }
}

}  // namespace tided::config
