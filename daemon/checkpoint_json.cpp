#include "daemon/checkpoint_json.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <boost/json.hpp>

namespace tided::daemon {
namespace {

namespace json = boost::json;
namespace vpa = policy::vpa;

constexpr std::string_view kind = "VerticalPodAutoscalerCheckpoint";
constexpr std::size_t longest_name = 253;  // of an object; names become labels of our metrics

// Writing. metav1.Time has whole seconds; its zero is null.

json::value when(TimePoint at) {
    constexpr std::size_t seconds = std::string_view{"2026-11-22T08:00:00"}.size();
    return at == vpa::never ? json::value(nullptr)
                            : json::value(to_string(at).substr(0, seconds) + 'Z');
}

json::object to_json(const vpa::HistogramCheckpoint& histogram) {
    json::object weights;
    for (const auto& [bucket, weight] : histogram.bucket_weights) {
        weights[std::to_string(bucket)] = weight;
    }
    return {{"bucketWeights", std::move(weights)},
            {"referenceTimestamp", when(histogram.reference_timestamp)},
            {"totalWeight", histogram.total_weight}};
}

json::object to_json(const NamedCheckpoint& named, TimePoint now) {
    const vpa::Checkpoint& one = named.checkpoint;
    json::object metadata{{"name", named.vpa + '-' + named.container}};
    if (!named.space.empty()) {
        metadata["namespace"] = named.space;
    }
    return {
        {"apiVersion", "autoscaling.k8s.io/v1"},
        {"kind", kind},
        {"metadata", std::move(metadata)},
        {"spec", json::object{{"vpaObjectName", named.vpa}, {"containerName", named.container}}},
        {"status",
         json::object{{"cpuHistogram", to_json(one.cpu_histogram)},
                      {"memoryHistogram", to_json(one.memory_histogram)},
                      {"firstSampleStart", when(one.first_sample_start)},
                      {"lastSampleStart", when(one.last_sample_start)},
                      {"lastUpdateTime", when(now)},
                      {"totalSamplesCount", one.total_samples_count},
                      {"version", one.version}}}};
}

// Reading. The readers throw Wrong with the path so far; parse_checkpoints() catches it.

struct Wrong {
    std::string what;
};

/// The member `key` as `read` takes it; the path of what is wrong begins with the key.
template <typename Read>
auto within(const json::object& object, std::string_view key, const Read& read) {
    static const json::value absent;
    const json::value* value = object.if_contains(key);
    try {
        return read(value == nullptr ? absent : *value);
    } catch (const Wrong& wrong) {
        const bool goes_on = wrong.what.starts_with('.') || wrong.what.starts_with('[');
        throw Wrong{'.' + std::string{key} + (goes_on ? "" : ": ") + wrong.what};
    }
}

const json::object& object_of(const json::value& value) {
    if (!value.is_object()) {
        throw Wrong{"expected an object"};
    }
    return value.get_object();
}

std::string name_of(const json::value& value) {
    if (!value.is_string() || value.get_string().empty() ||
        value.get_string().size() > longest_name) {
        throw Wrong{"expected a name"};
    }
    return std::string{value.get_string()};
}

std::string text_of(const json::value& value) {
    if (value.is_null()) {
        return {};
    }
    if (!value.is_string()) {
        throw Wrong{"expected a string"};
    }
    return std::string{value.get_string()};
}

TimePoint instant_of(const json::value& value) {
    if (value.is_null()) {
        return vpa::never;
    }
    const auto at = value.is_string() ? parse_rfc3339(text_of(value)) : std::nullopt;
    if (!at || *at < vpa::never) {
        throw Wrong{"expected an instant such as \"2026-11-22T08:00:00Z\""};
    }
    return *at;
}

std::int64_t count_of(const json::value& value) {
    if (value.is_null()) {
        return 0;
    }
    if (!value.is_int64() || value.get_int64() < 0) {
        throw Wrong{"expected a whole number from 0 up"};
    }
    if (value.get_int64() > vpa::most_samples) {
        throw Wrong{"expected at most " + std::to_string(vpa::most_samples)};
    }
    return value.get_int64();
}

double weight_of(const json::value& value) {
    if (value.is_null()) {
        return 0.0;
    }
    const double weight = value.is_number() ? value.to_number<double>() : -1.0;
    if (!std::isfinite(weight) || weight < 0.0) {
        throw Wrong{"expected a number from 0 up"};
    }
    return weight;
}

std::map<std::int64_t, std::uint32_t> weights_of(const json::value& value) {
    std::map<std::int64_t, std::uint32_t> weights;
    if (value.is_null()) {
        return weights;
    }
    for (const auto& [key, weight] : object_of(value)) {
        std::int64_t bucket = 0;
        const char* end = key.data() + key.size();
        const auto parsed = std::from_chars(key.data(), end, bucket);
        const bool is_weight = weight.is_int64() && weight.get_int64() >= 0 &&
                               weight.get_int64() <= std::numeric_limits<std::uint32_t>::max();
        if (parsed.ec != std::errc{} || parsed.ptr != end || !is_weight) {
            throw Wrong{"expected whole numbers by the number of their bucket"};
        }
        weights[bucket] = static_cast<std::uint32_t>(weight.get_int64());
    }
    return weights;
}

vpa::HistogramCheckpoint histogram_of(const json::value& value) {
    if (value.is_null()) {
        return {};
    }
    const json::object& object = object_of(value);
    return {.bucket_weights = within(object, "bucketWeights", weights_of),
            .total_weight = within(object, "totalWeight", weight_of),
            .reference_timestamp = within(object, "referenceTimestamp", instant_of)};
}

std::string version_of(const json::value& value) {
    std::string version = text_of(value);
    if (version != vpa::checkpoint_version) {
        throw Wrong{"version \"" + version + "\" is not \"" + std::string{vpa::checkpoint_version} +
                    "\", the one that can be read"};
    }
    return version;
}

vpa::Checkpoint status_of(const json::value& value) {
    const json::object& object = object_of(value);
    return {.version = within(object, "version", version_of),
            .cpu_histogram = within(object, "cpuHistogram", histogram_of),
            .memory_histogram = within(object, "memoryHistogram", histogram_of),
            .first_sample_start = within(object, "firstSampleStart", instant_of),
            .last_sample_start = within(object, "lastSampleStart", instant_of),
            .total_samples_count = within(object, "totalSamplesCount", count_of)};
}

NamedCheckpoint checkpoint_of(const json::value& value) {
    const json::object& object = object_of(value);
    within(object, "kind", [](const json::value& said) {
        if (text_of(said) != kind) {
            throw Wrong{"expected " + std::string{kind}};
        }
        return true;
    });
    NamedCheckpoint named;
    named.space = within(object, "metadata", [](const json::value& metadata) {
        return metadata.is_null() ? std::string{}
                                  : within(object_of(metadata), "namespace", text_of);
    });
    within(object, "spec", [&](const json::value& spec) {
        named.vpa = within(object_of(spec), "vpaObjectName", name_of);
        named.container = within(object_of(spec), "containerName", name_of);
        return true;
    });
    named.checkpoint = within(object, "status", status_of);
    return named;
}

std::vector<NamedCheckpoint> items_of(const json::value& value) {
    if (!value.is_array()) {
        throw Wrong{"expected an array"};
    }
    std::vector<NamedCheckpoint> all;
    for (const json::value& item : value.get_array()) {
        try {
            all.push_back(checkpoint_of(item));
        } catch (const Wrong& wrong) {
            throw Wrong{'[' + std::to_string(all.size()) + ']' +
                        (wrong.what.starts_with('.') ? "" : ": ") + wrong.what};
        }
    }
    return all;
}

std::vector<NamedCheckpoint> document_of(const json::value& value) {
    const json::object& object = object_of(value);
    return object.contains("items") ? within(object, "items", items_of)
                                    : std::vector{checkpoint_of(value)};
}

/// "3:17": where reading stopped, and what is the matter.
std::string syntax_error(std::string_view text, std::size_t at, const json::error_code& error) {
    const std::string_view before = text.substr(0, at);
    const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    return "not JSON at " + std::to_string(line) + ':' +
           std::to_string(before.size() - line_begin + 1) + ": " + error.message();
}

}  // namespace

std::string checkpoints_json(const std::vector<NamedCheckpoint>& checkpoints, TimePoint now) {
    json::array items;
    for (const NamedCheckpoint& named : checkpoints) {
        items.push_back(to_json(named, now));
    }
    return json::serialize(
        json::object{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}});
}

Result<std::vector<NamedCheckpoint>> parse_checkpoints(std::string_view text) {
    json::stream_parser parser;
    json::error_code error;
    const std::size_t read = parser.write_some(text.data(), text.size(), error);
    const std::size_t blank = text.find_first_not_of(" \t\r\n", read);
    if (!error && blank != std::string_view::npos) {
        error = json::error::extra_data;
    }
    if (!error) {
        parser.finish(error);
    }
    if (error) {
        return fail(ErrorCode::invalid_input, syntax_error(text, read, error));
    }
    try {
        std::vector<NamedCheckpoint> all = document_of(parser.release());
        if (all.empty()) {
            return fail(ErrorCode::invalid_input, "items: there are no checkpoints");
        }
        return all;
    } catch (const Wrong& wrong) {
        const bool is_path = wrong.what.starts_with('.');
        return fail(ErrorCode::invalid_input, is_path ? wrong.what.substr(1) : wrong.what);
    }
}

}  // namespace tided::daemon
