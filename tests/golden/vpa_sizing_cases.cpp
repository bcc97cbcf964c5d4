// The kinds of suite vpa-cases that lead to a recommendation, each with the part it is about.
#include <array>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "policy/vpa/amount.h"
#include "policy/vpa/checkpoint.h"
#include "policy/vpa/estimate.h"
#include "policy/vpa/meter.h"
#include "policy/vpa/recommend.h"
#include "tests/golden/golden.h"

namespace tided::golden {
namespace json = boost::json;

namespace {

using namespace policy::vpa;

double number(const json::object& object, std::string_view key) {
    return object.at(key).to_number<double>();
}

std::int64_t whole(const json::object& object, std::string_view key) {
    return object.at(key).to_number<std::int64_t>();
}

TimePoint instant(const json::object& object, std::string_view key) {
    return TimePoint{std::chrono::seconds{whole(object, key)}};
}

json::value unix_seconds(TimePoint at) {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

Buckets buckets_of(const json::object& options) {
    if (options.at("kind").as_string() == "linear") {
        return Buckets{Buckets::Linear{.max = number(options, "max"),
                                       .size = number(options, "bucket_size"),
                                       .epsilon = number(options, "epsilon")}};
    }
    return Buckets{Buckets::Exponential{.max = number(options, "max"),
                                        .first = number(options, "first_bucket"),
                                        .ratio = number(options, "ratio"),
                                        .epsilon = number(options, "epsilon")}};
}

Result<json::value> bucketing(const json::object& test) {
    const Buckets buckets = buckets_of(test.at("options").as_object());
    json::array found = test.at("find").as_array();
    for (json::value& row : found) {
        row.as_object()["bucket"] = buckets.find(number(row.as_object(), "value"));
    }
    json::array starts = test.at("start").as_array();
    for (json::value& row : starts) {
        const auto bucket = static_cast<std::size_t>(whole(row.as_object(), "bucket"));
        row.as_object()["start"] = buckets.start(bucket);
    }
    return json::object{{"num_buckets", buckets.count()}, {"find", found}, {"start", starts}};
}

Result<json::value> confidence_bounds(const json::object& test) {
    Aggregate aggregate{Settings::strict()};
    const std::chrono::seconds step{whole(test, "step_s")};
    for (std::int64_t i = 0; i < whole(test, "samples"); ++i) {
        aggregate.add_cpu(TimePoint{} + i * step, MilliCpu{1000});
    }
    const double known =
        confidence(aggregate, std::chrono::seconds{whole(test, "confidence_interval_s")});
    const Widening by{.multiplier = number(test, "multiplier"),
                      .exponent = static_cast<int>(whole(test, "exponent"))};
    return json::object{{"cpu_millicores", widened(whole(test, "base_cpu_millicores"), known, by)},
                        {"memory_bytes", widened(whole(test, "base_memory_bytes"), known, by)}};
}

json::object call(std::string_view name, std::string_view resource, TimePoint at, std::int64_t n) {
    return {{"call", name}, {"resource", resource}, {"t_unix_s", unix_seconds(at)}, {"usage", n}};
}

json::array calls_of(const PeakChange& change) {
    json::array calls;
    if (change.subtract) {
        calls.push_back(call("subtract", "memory", change.at, change.subtract->count));
    }
    if (change.add) {
        calls.push_back(call("add", "memory", change.at, change.add->count));
    }
    return calls;
}

/// One event of a container; the calls it makes, or nothing when it is refused.
std::optional<json::array> stepped(Meter& meter,
                                   const json::object& step,
                                   const IntakeRules& rules) {
    const std::string_view event{step.at("event").as_string()};
    const TimePoint at = instant(step, "t_unix_s");
    const std::int64_t value = whole(step, "value");
    if (event == "cpu") {
        History unread{Settings::strict()};
        const Verdict verdict = take(meter, unread, CpuSample{.at = at, .usage = {value}}, rules);
        return verdict == Verdict::taken ? std::optional{json::array{call("add", "cpu", at, value)}}
                                         : std::nullopt;
    }
    if (event != "mem" && event != "oom") {
        throw std::invalid_argument{"event " + std::string{event}};
    }
    const auto change = event == "mem"
                            ? take(meter.memory, MemorySample{.at = at, .usage = {value}}, rules)
                            : take(meter.memory, OutOfMemory{.at = at, .request = {value}}, rules);
    return change ? std::optional{calls_of(*change)} : std::nullopt;
}

Result<json::value> container(const json::object& test) {
    IntakeRules rules = Settings::strict().intake;
    rules.interval = std::chrono::seconds{whole(test, "interval_s")};
    Meter meter;
    json::array steps = test.at("steps").as_array();
    for (json::value& step : steps) {
        const auto calls = stepped(meter, step.as_object(), rules);
        step.as_object()["accepted"] = calls.has_value();
        step.as_object()["aggregator_calls"] = calls.value_or(json::array{});
        step.as_object()["window_end_unix_s"] = unix_seconds(meter.memory.end);
    }
    return json::object{{"steps", steps}};
}

/// A histogram of either type: one that does not decay has no half-life.
struct Subject {
    Buckets buckets;
    Duration half_life{};
    Histogram plain{buckets};
    DecayingHistogram decaying{buckets, half_life};
    HistogramCheckpoint saved{};

    [[nodiscard]] bool decays() const { return half_life > Duration::zero(); }
};

void add(Subject& subject, const json::object& op) {
    const double value = number(op, "value");
    const double weight = number(op, "weight");
    subject.decays() ? subject.decaying.add(value, weight, instant(op, "t_unix_s"))
                     : subject.plain.add(value, weight);
}

void subtract(Subject& subject, const json::object& op) {
    const double value = number(op, "value");
    const double weight = number(op, "weight");
    subject.decays() ? subject.decaying.subtract(value, weight, instant(op, "t_unix_s"))
                     : subject.plain.subtract(value, weight);
}

json::value save(Subject& subject) {
    subject.saved =
        subject.decays() ? to_checkpoint(subject.decaying) : to_checkpoint(subject.plain);
    json::object weights;
    for (const auto& [bucket, weight] : subject.saved.bucket_weights) {
        weights[std::to_string(bucket)] = weight;
    }
    const TimePoint reference = subject.saved.reference_timestamp;
    return json::object{
        {"bucket_weights", weights},
        {"reference_unix_s", reference == never ? json::value(nullptr) : unix_seconds(reference)},
        {"total_weight", subject.saved.total_weight}};
}

void reload(Subject& subject) {
    subject.plain = from_checkpoint(subject.saved, subject.buckets).value();
    subject.decaying = {subject.plain, subject.half_life, subject.saved.reference_timestamp};
}

/// Does what `op` says and sets its result if it has one.
void apply(Subject& subject, json::object& op) {
    const std::string_view name{op.at("op").as_string()};
    const Histogram& weights = subject.decays() ? subject.decaying.weights() : subject.plain;
    if (name == "add") {
        add(subject, op);
    } else if (name == "subtract") {
        subtract(subject, op);
    } else if (name == "percentile") {
        op["want"] = weights.percentile(number(op, "percentile"));
    } else if (name == "is_empty") {
        op["want"] = weights.is_empty();
    } else if (name == "save") {
        op["want"] = save(subject);
    } else if (name == "reload") {
        reload(subject);
    } else {
        throw std::invalid_argument{"operation " + std::string{name}};
    }
}

Result<json::value> histogram(const json::object& test) {
    Subject subject{.buckets = buckets_of(test.at("options").as_object()),
                    .half_life = std::chrono::seconds{whole(test, "half_life_s")}};
    json::array ops = test.at("ops").as_array();
    for (json::value& op : ops) {
        apply(subject, op.as_object());
    }
    return json::object{{"ops", ops}};
}

Result<json::value> margin(const json::object& test) {
    return json::object{
        {"result", with_margin(whole(test, "base"), Ratio{number(test, "margin")})}};
}

Result<json::value> pod_minimum_split(const json::object& test) {
    const auto containers = static_cast<std::size_t>(whole(test, "containers"));
    const Resources share = share_of_minimum(Settings::strict(), containers);
    return json::object{{"min_cpu_millicores", share.cpu.count},
                        {"min_memory_bytes", share.memory.count}};
}

Result<json::value> round_up(const json::object& test) {
    const std::int64_t scale = whole(test, "scale");
    return json::object{{"result", rounded_up(whole(test, "value"), scale)}, {"error", scale <= 0}};
}

constexpr std::array<std::string_view, 3> tables{"num_buckets", "find", "start"};
constexpr std::array<std::string_view, 2> amounts{"cpu_millicores", "memory_bytes"};
constexpr std::array<std::string_view, 1> steps{"steps"};
constexpr std::array<std::string_view, 1> ops{"ops"};
constexpr std::array<std::string_view, 1> result{"result"};
constexpr std::array<std::string_view, 2> minimums{"min_cpu_millicores", "min_memory_bytes"};
constexpr std::array<std::string_view, 2> result_or_error{"result", "error"};

constexpr std::array<CaseKind, 7> kinds{{{"bucketing", &bucketing, tables},
                                         {"confidence", &confidence_bounds, amounts},
                                         {"container", &container, steps},
                                         {"histogram", &histogram, ops},
                                         {"margin", &margin, result},
                                         {"pod_minimum_split", &pod_minimum_split, minimums},
                                         {"round_up", &round_up, result_or_error}}};

}  // namespace

std::span<const CaseKind> sizing_case_kinds() {
    return kinds;
}

}  // namespace tided::golden
