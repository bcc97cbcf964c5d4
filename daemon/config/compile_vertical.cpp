// [policy.NAME.vertical]: queries, labels, and the settings of policy/vpa/.
#include <algorithm>
#include <cmath>

#include "daemon/config/compile_metrics.h"
#include "daemon/config/spelling.h"

namespace tided::config {
namespace {

namespace vpa = policy::vpa;

/// Offsets are known for so long without a reload.
constexpr Duration zone_reach = std::chrono::days{5 * 366};

/// A sample is dated by its own instant, and counts once: the source's patience does not matter.
constexpr Duration usage_max_age = std::chrono::minutes{5};

/// A value as it is written, or by default.
std::string said(const Fields& fields, std::string_view key) {
    const Node* node = fields.find(key);
    return node == nullptr ? fields.text(key) : said(*node);
}

/// Millicores or bytes.
vpa::Amount amount_of(const Fields& fields, std::string_view key, vpa::Resource resource) {
    return {resource == vpa::Resource::cpu
                ? static_cast<std::int64_t>(std::llround(fields.number(key) * 1000.0))
                : static_cast<std::int64_t>(fields.bytes(key))};
}

void check_order(Compiling& in,
                 const Fields& fields,
                 std::string_view lesser,
                 std::string_view greater) {
    const bool is_known = (fields.find(lesser) != nullptr || !fields.is_written(lesser)) &&
                          (fields.find(greater) != nullptr || !fields.is_written(greater));
    if (is_known && fields.number(lesser) > fields.number(greater)) {
        in.report.add(Problem::percentiles_crossed,
                      fields.place(fields.is_written(lesser) ? lesser : greater),
                      {lesser, said(fields, lesser), greater, said(fields, greater)});
    }
}

/// Between which amounts a container is held.
void compile_bounds(Compiling& in,
                    const Fields& fields,
                    vpa::Resource resource,
                    vpa::SizingPolicy& bounds) {
    const Node* min = fields.find("min");
    const Node* max = fields.find("max");
    if (min != nullptr) {
        bounds.min_allowed[resource] = amount_of(fields, "min", resource);
    }
    if (max != nullptr) {
        bounds.max_allowed[resource] = amount_of(fields, "max", resource);
    }
    if (min != nullptr && max != nullptr &&
        *bounds.max_allowed[resource] < *bounds.min_allowed[resource]) {
        in.report.add(Problem::min_above_max, min->value, {said(*min), said(*max)});
    }
}

/// What one resource's table says, for `settings` and for every container.
void compile_resource(Compiling& in,
                      const Fields& fields,
                      vpa::Resource resource,
                      vpa::ResourceSettings& settings,
                      vpa::SizingPolicy& bounds) {
    check_order(in, fields, "lower_percentile", "target_percentile");
    check_order(in, fields, "target_percentile", "upper_percentile");
    settings.target_percentile = fields.number("target_percentile");
    settings.lower_percentile = fields.number("lower_percentile");
    settings.upper_percentile = fields.number("upper_percentile");
    settings.half_life = fields.duration("half_life");
    settings.multiple_of = amount_of(fields, "round", resource).count;
    compile_bounds(in, fields, resource, bounds);
}

/// A container's own policy. Of what is not measured nothing can be sized.
vpa::SizingPolicy compile_sized(Compiling& in, const Fields& fields, bool has_memory) {
    vpa::SizingPolicy own{.container = fields.text("name"),
                          .is_off = fields.text("mode") == "off",
                          .controls_memory = has_memory};
    if (fields.find("controls") != nullptr) {
        const std::vector<std::string> named = fields.texts("controls");
        own.controls_cpu = std::ranges::find(named, "cpu") != named.end();
        own.controls_memory = std::ranges::find(named, "memory") != named.end() && has_memory;
    }
    compile_bounds(in, fields.inner("cpu"), vpa::Resource::cpu, own);
    compile_bounds(in, fields.inner("memory"), vpa::Resource::memory, own);
    return own;
}

void compile_containers(Compiling& in, const Fields& vertical, vpa::Settings& settings) {
    const Node* containers = vertical.find("sized");
    const Table& schema = *policy_group().find("")->find("vertical")->inner->find("sized")->inner;
    for (std::size_t i = 0; containers != nullptr && i < containers->children.size(); ++i) {
        const Node& node = containers->children[i];
        const Fields fields{&node, schema};
        vpa::SizingPolicy own = compile_sized(in, fields, vertical.is_written("memory_usage"));
        const Node* name = fields.find("name");
        if (name == nullptr) {
            continue;
        }
        if (own.container == "*") {
            in.report.add(Problem::bad_name,
                          name->value,
                          {own.container, "a container"},
                          "the bounds of all others stand in cpu and memory of vertical itself");
        } else if (std::ranges::find(settings.containers,
                                     own.container,
                                     &vpa::SizingPolicy::container) != settings.containers.end()) {
            in.report.add(Problem::duplicate_entry,
                          name->value,
                          {"sized", "the name '" + own.container + '\''});
        }
        settings.containers.push_back(std::move(own));
    }
}

vpa::Settings compile_settings(Compiling& in, const Fields& fields, bool is_strict) {
    vpa::Settings settings = is_strict ? vpa::Settings::strict() : vpa::Settings{};
    vpa::SizingPolicy all{.container = "*", .controls_memory = fields.is_written("memory_usage")};
    const Fields cpu = fields.inner("cpu");
    const Fields memory = fields.inner("memory");
    compile_resource(in, cpu, vpa::Resource::cpu, settings.cpu, all);
    compile_resource(in, memory, vpa::Resource::memory, settings.memory, all);
    constexpr double mebibyte = 1024.0 * 1024.0;
    settings.pod_min_milli_cpu = cpu.number("pod_min") * 1000.0;
    settings.pod_min_mebibytes = static_cast<double>(memory.bytes("pod_min")) / mebibyte;
    settings.margin = Ratio{fields.number("margin")};
    settings.intake.interval = memory.duration("window");
    settings.containers = {std::move(all)};
    compile_containers(in, fields, settings);
    return settings;
}

Zone compile_day_zone(Compiling& in, const Fields& fields) {
    const std::string name = fields.text("timezone");
    const TimePoint from = in.now.value_or(TimePoint{});
    const Result<bool> known = is_zone(name);
    if (known && !*known) {
        in.report.add(Problem::unknown_zone,
                      fields.place("timezone"),
                      {name},
                      did_you_mean(name, zone_names()));
        return {};
    }
    Result<Zone> zone = zone_between(name, from, from + zone_reach);
    if (!zone) {
        in.report.add(
            Problem::bad_value, fields.place("timezone"), {"timezone", zone.error().message});
    }
    return std::move(zone).value_or(Zone{});
}

/// What one key is of no use without, and what upstream does not know.
void check_uses(Compiling& in, const Fields& fields, policy::Profile profile) {
    const auto key_of = [&](const char* key) { return fields.node()->find(key)->key; };
    struct Row {
        const char* key;
        const char* needs;
    };
    for (const auto& [key, needs] : {Row{"memory_request", "oom_kills"},
                                     Row{"oom_kills", "memory_usage"},
                                     Row{"memory", "memory_usage"}}) {
        if (fields.is_written(key) && !fields.is_written(needs)) {
            in.report.add(Problem::needs_other_key, key_of(key), {key, needs});
        }
    }
    for (const char* key : {"start_time", "timezone"}) {
        if (profile != policy::Profile::standard && fields.is_written(key)) {
            in.report.add(Problem::not_in_profile, key_of(key), {key, policy::to_string(profile)});
        }
    }
}

}  // namespace

void compile_vertical(Compiling& in, const Fields& fields, Policy& policy) {
    if (fields.find("vertical") == nullptr) {
        return;
    }
    const Fields sizing = fields.inner("vertical");
    check_uses(in, sizing, policy.spec.profile);
    Vertical vertical{
        .settings = compile_settings(in, sizing, policy.spec.profile != policy::Profile::standard),
        .source = sizing.text("source"),
        .instance = sizing.text("instance"),
        .container = sizing.text("container"),
        .interval = sizing.duration("interval"),
        .zone = compile_day_zone(in, sizing),
        .joint = compile_joint(in, sizing, policy.spec)};
    for (std::size_t i = 0; i < usages; ++i) {
        check_query(in, sizing, usage_keys[i], vertical.source);
        vertical.queries[i] = {.expression = sizing.text(usage_keys[i]),
                               .max_age = usage_max_age,
                               .extent = metrics::Extent::elements};
    }
    policy.vertical = Shared{std::move(vertical)};
}

}  // namespace tided::config
