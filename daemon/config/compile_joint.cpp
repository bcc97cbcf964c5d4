// [policy.NAME.vertical.joint]: the settings of policy/joint/.
#include <cmath>
#include <utility>

#include "daemon/config/compile_metrics.h"

namespace tided::config {
namespace {

namespace joint = policy::joint;

/// An axis, its amounts in millicores or bytes.
template <typename Quantity>
class Axis {
public:
    Axis(Compiling& in, const Fields& fields) : in_(in), fields_(fields) {}

    [[nodiscard]] bool knows(const char* key) const { return fields_.find(key) != nullptr; }
    [[nodiscard]] Quantity amount(const char* key) const;

    /// No steps when what is written cannot be.
    [[nodiscard]] joint::Steps<Quantity> steps() {
        if (!knows("min") || !knows("max")) {
            return {};
        }
        if (amount("max") < amount("min")) {
            in_.report.add(Problem::min_above_max,
                           fields_.place("min"),
                           {said(*fields_.find("min")), said(*fields_.find("max"))});
            return {};
        }
        return joint::between(amount("min"), amount("max"));
    }

    /// What the fewest replicas of the least size need, must be allowed.
    [[nodiscard]] std::optional<Quantity> total(Replicas fewest) {
        if (!knows("total")) {
            return std::nullopt;
        }
        if (knows("min") && amount("total").count / amount("min").count < fewest.count) {
            in_.report.add(Problem::bad_value,
                           fields_.place("total"),
                           {"total",
                            "the policy's min of " + to_string(fewest) +
                                " replicas needs more at 'min' " + said(*fields_.find("min"))},
                           "raise it, or lower min");
        }
        return amount("total");
    }

private:
    Compiling& in_;
    const Fields& fields_;
};

template <>
MilliCpu Axis<MilliCpu>::amount(const char* key) const {
    return {static_cast<std::int64_t>(std::llround(fields_.number(key) * 1000.0))};
}

template <>
Bytes Axis<Bytes>::amount(const char* key) const {
    return {static_cast<std::int64_t>(fields_.bytes(key))};
}

/// Of the smallest CPU some must be left for work.
void check_idle(Compiling& in, const Fields& fields, const Fields& cpu) {
    if (fields.find("idle") != nullptr && cpu.find("min") != nullptr &&
        fields.number("idle") >= fields.number("utilization") * cpu.number("min")) {
        in.report.add(Problem::bad_value,
                      fields.place("idle"),
                      {"idle", "a replica of the smallest CPU would have none left for work"},
                      "it must be less than utilization x min");
    }
}

void check_learning(Compiling& in, const Fields& fields) {
    const Duration watched = fields.duration("watched");
    const Duration learning = fields.duration("learning");
    if (10 * learning >= 9 * watched) {
        in.report.add(
            Problem::bad_value,
            fields.place(fields.is_written("learning") ? "learning" : "watched"),
            {"learning",
             to_string(learning) + " is not shorter than 90% of 'watched' " + to_string(watched)});
    }
}

/// One price alone would stand beside another's default, in who knows what currency.
void check_prices(Compiling& in, const Fields& fields) {
    for (const auto& [key, other] :
         {std::pair{"core_price", "gib_price"}, std::pair{"gib_price", "core_price"}}) {
        if (fields.is_written(key) && !fields.is_written(other)) {
            in.report.add(Problem::needs_other_key, fields.node()->find(key)->key, {key, other});
        }
    }
}

}  // namespace

std::optional<Joint> compile_joint(Compiling& in,
                                   const Fields& vertical,
                                   const policy::PolicySpec& spec) {
    const Node* node = vertical.find("joint");
    if (node == nullptr) {
        return std::nullopt;
    }
    if (!vertical.is_written("memory_usage")) {
        in.report.add(Problem::needs_other_key, node->key, {"joint", "memory_usage"});
    }
    if (spec.profile != policy::Profile::standard) {
        in.report.add(
            Problem::not_in_profile, node->key, {"joint", policy::to_string(spec.profile)});
    }
    const Fields fields = vertical.inner("joint");
    const Fields cpu_fields = fields.inner("cpu");
    const Fields memory_fields = fields.inner("memory");
    Axis<MilliCpu> cpu{in, cpu_fields};
    Axis<Bytes> memory{in, memory_fields};
    check_idle(in, fields, cpu_fields);
    check_learning(in, fields);
    check_prices(in, fields);
    Joint joint{.given = {.cpu = cpu.amount("given"), .memory = memory.amount("given")},
                .is_priced = fields.is_written("core_price") || fields.is_written("gib_price")};
    joint::Settings& settings = joint.settings;
    settings.grid = {.cpu = cpu.steps(), .memory = memory.steps()};
    settings.quota = {.cpu = cpu.total(spec.min), .memory = memory.total(spec.min)};
    settings.target = Ratio{fields.number("utilization")};
    settings.idle = {fields.number("idle")};
    if (fields.find("core_price") != nullptr) {
        settings.prices.core = fields.number("core_price");
    }
    if (fields.find("gib_price") != nullptr) {
        settings.prices.gib = fields.number("gib_price");
    }
    settings.resizing =
        fields.text("resize") == "restart" ? joint::Resizing::restart : joint::Resizing::in_place;
    settings.margin = Ratio{fields.number("margin")};
    settings.size_interval = fields.duration("size_interval");
    settings.watched = fields.duration("watched");
    settings.learning = fields.duration("learning");
    return joint;
}

}  // namespace tided::config
