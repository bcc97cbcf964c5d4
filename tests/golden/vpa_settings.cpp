// Two tables: what each key of a configuration and of a container's policy sets.
#include "tests/golden/vpa_settings.h"

#include <algorithm>
#include <array>
#include <string>

#include <boost/json/value.hpp>

#include "policy/vpa/amount.h"

namespace tided::golden {
namespace json = boost::json;

namespace {

using namespace policy::vpa;

double number(const json::value& value) {
    return value.to_number<double>();
}

std::int64_t whole(const json::value& value) {
    return value.to_number<std::int64_t>();
}

Duration seconds(const json::value& value) {
    return Duration{static_cast<std::int64_t>(number(value) * 1000.0)};
}

struct Key {
    std::string_view name;
    void (*set)(Settings& settings, const json::value& value);
};

constexpr std::array keys{
    Key{"margin_fraction", [](Settings& s, const json::value& v) { s.margin = {number(v)}; }},
    Key{"pod_min_cpu_millicores",
        [](Settings& s, const json::value& v) { s.pod_min_milli_cpu = number(v); }},
    Key{"pod_min_memory_mib",
        [](Settings& s, const json::value& v) { s.pod_min_mebibytes = number(v); }},
    Key{"target_cpu_percentile",
        [](Settings& s, const json::value& v) { s.cpu.target_percentile = number(v); }},
    Key{"lower_cpu_percentile",
        [](Settings& s, const json::value& v) { s.cpu.lower_percentile = number(v); }},
    Key{"upper_cpu_percentile",
        [](Settings& s, const json::value& v) { s.cpu.upper_percentile = number(v); }},
    Key{"confidence_interval_cpu_s",
        [](Settings& s, const json::value& v) { s.cpu.confidence_interval = seconds(v); }},
    Key{"target_memory_percentile",
        [](Settings& s, const json::value& v) { s.memory.target_percentile = number(v); }},
    Key{"lower_memory_percentile",
        [](Settings& s, const json::value& v) { s.memory.lower_percentile = number(v); }},
    Key{"upper_memory_percentile",
        [](Settings& s, const json::value& v) { s.memory.upper_percentile = number(v); }},
    Key{"confidence_interval_memory_s",
        [](Settings& s, const json::value& v) { s.memory.confidence_interval = seconds(v); }},
    Key{"round_cpu_millicores",
        [](Settings& s, const json::value& v) { s.cpu.multiple_of = whole(v); }},
    Key{"round_memory_bytes",
        [](Settings& s, const json::value& v) { s.memory.multiple_of = whole(v); }},
    Key{"memory_aggregation_interval_s",
        [](Settings& s, const json::value& v) { s.intake.interval = seconds(v); }},
    Key{"memory_aggregation_interval_count",
        [](Settings& s, const json::value& v) { s.intake.intervals = whole(v); }},
    Key{"memory_half_life_s",
        [](Settings& s, const json::value& v) { s.memory.half_life = seconds(v); }},
    Key{"cpu_half_life_s", [](Settings& s, const json::value& v) { s.cpu.half_life = seconds(v); }},
    Key{"oom_bump_up_ratio",
        [](Settings& s, const json::value& v) { s.intake.oom_ratio = {number(v)}; }},
    Key{"oom_min_bump_up_bytes",
        [](Settings& s, const json::value& v) {
            s.intake.oom_min_bump = memory_of_bytes(number(v));
        }},
    Key{"global_max_cpu_millicores",
        [](Settings& s, const json::value& v) { s.max_allowed.cpu = Amount{whole(v)}; }},
    Key{"global_max_memory_bytes",
        [](Settings& s, const json::value& v) { s.max_allowed.memory = Amount{whole(v)}; }},
    Key{"cpu_integer_container",
        [](Settings& s, const json::value& v) {
            s.whole_cores.emplace_back(std::string_view{v.as_string()});
        }},
    Key{"per_vpa_config", [](Settings& /*settings*/, const json::value& /*read below*/) {}},
};

std::string text(const json::value& value) {
    return std::string{std::string_view{value.as_string()}};
}

MilliCpu cpu(const json::value& value) {
    return {parse_milli_quantity(text(value)).value()};
}

Bytes memory(const json::value& value) {
    return parse_bytes(text(value)).value();
}

struct PolicyKey {
    std::string_view name;
    void (*set)(SizingPolicy& policy, const json::value& value);
    bool behind_gate = false;  ///< without per_vpa_config the process' value stays
};

void set_controlled(SizingPolicy& policy, const json::value& value) {
    const json::array& names = value.as_array();
    policy.controls_cpu = std::ranges::find(names, json::value("cpu")) != names.end();
    policy.controls_memory = std::ranges::find(names, json::value("memory")) != names.end();
}

constexpr std::array policy_keys{
    PolicyKey{"container", [](SizingPolicy& p, const json::value& v) { p.container = text(v); }},
    PolicyKey{"mode", [](SizingPolicy& p, const json::value& v) { p.is_off = text(v) == "Off"; }},
    PolicyKey{"controlled_resources", &set_controlled},
    PolicyKey{"controlled_values",
              [](SizingPolicy& /*policy*/, const json::value& /*of admission*/) {}},
    PolicyKey{
        "min_cpu",
        [](SizingPolicy& p, const json::value& v) { p.min_allowed.cpu = Amount{cpu(v).count}; }},
    PolicyKey{
        "max_cpu",
        [](SizingPolicy& p, const json::value& v) { p.max_allowed.cpu = Amount{cpu(v).count}; }},
    PolicyKey{"min_memory",
              [](SizingPolicy& p, const json::value& v) {
                  p.min_allowed.memory = Amount{memory(v).count};
              }},
    PolicyKey{"max_memory",
              [](SizingPolicy& p, const json::value& v) {
                  p.max_allowed.memory = Amount{memory(v).count};
              }},
    PolicyKey{"oom_bump_up_ratio",
              [](SizingPolicy& p, const json::value& v) { p.oom_ratio = Ratio{cores_of(cpu(v))}; },
              true},
    PolicyKey{"oom_min_bump_up",
              [](SizingPolicy& p, const json::value& v) { p.oom_min_bump = memory(v); },
              true},
    PolicyKey{"memory_aggregation_interval_s",
              [](SizingPolicy& p, const json::value& v) { p.interval = seconds(v); },
              true},
    PolicyKey{"memory_aggregation_interval_seconds",
              [](SizingPolicy& p, const json::value& v) { p.interval = seconds(v); },
              true},
    PolicyKey{"memory_aggregation_interval_count",
              [](SizingPolicy& p, const json::value& v) { p.intervals = whole(v); },
              true},
};

template <typename Table>
const auto* entry_of(const Table& table, std::string_view name) {
    const auto found = std::ranges::find(table, name, [](const auto& key) { return key.name; });
    return found == table.end() ? nullptr : &*found;
}

Result<SizingPolicy> policy_of(const json::object& said, bool gate) {
    SizingPolicy policy;
    for (const auto& member : said) {
        const PolicyKey* key = entry_of(policy_keys, member.key());
        if (key == nullptr) {
            return fail(ErrorCode::unsupported, "container policy: " + std::string{member.key()});
        }
        if (gate || !key->behind_gate) {
            key->set(policy, member.value());
        }
    }
    return policy;
}

}  // namespace

Result<Settings> settings_of(const json::object& scenario) {
    Settings settings = Settings::strict();
    const json::object& config = scenario.at("config").as_object();
    for (const auto& member : config) {
        const Key* key = entry_of(keys, member.key());
        if (key == nullptr) {
            return fail(ErrorCode::unsupported, "config: " + std::string{member.key()});
        }
        key->set(settings, member.value());
    }
    const json::value* gate = config.if_contains("per_vpa_config");
    if (const json::value* policies = scenario.if_contains("container_policies")) {
        for (const json::value& said : policies->as_array()) {
            auto policy = policy_of(said.as_object(), gate != nullptr && gate->as_bool());
            if (!policy) {
                return fail(std::move(policy).error());
            }
            settings.containers.push_back(std::move(*policy));
        }
    }
    return settings;
}

}  // namespace tided::golden
