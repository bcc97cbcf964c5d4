// tided step: the policy core as a filter, for simulators. One JSON object a line in, one out;
// state lives as long as the process; the only clock is the input's.
//
//   {"now":S,"readings":{"rps":N|null|{"value":N,"age":S}},"observed":{"replicas":N,"ready":N}}
//   {"now":S,"desired":N,"reasons":["…"]}      desired is null while nothing is observed
//
// A decision that differs from the observed count is taken to be carried out, as a daemon's step
// would be, so rate policies see it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <boost/json.hpp>

#include "daemon/commands/commands.h"
#include "daemon/commands/policy_file.h"
#include "daemon/config/instance.h"
#include "daemon/config/spelling.h"
#include "policy/computed.h"
#include "policy/decide.h"
#include "policy/explain.h"

namespace tided::daemon {
namespace {

namespace json = boost::json;

struct StepOptions {
    std::string config = default_policy_file;
    std::string policy;
};

struct Line {
    TimePoint now{};
    std::optional<Observed> observed;
    std::vector<Reading> readings;
};

tl::unexpected<Error> wrong(std::string what) {
    return fail(ErrorCode::invalid_input, std::move(what));
}

Result<double> number(const json::value& value, const std::string& name) {
    boost::system::error_code problem;
    const auto read = value.to_number<double>(problem);
    if (problem || !std::isfinite(read)) {
        return wrong("'" + name + "' must be a finite number");
    }
    return read;
}

Result<Replicas> count(const json::object& object, const std::string& name, Replicas otherwise) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr) {
        return otherwise;
    }
    boost::system::error_code problem;
    const auto read = value->to_number<std::int32_t>(problem);
    if (problem || read < 0) {
        return wrong("'observed." + name + "' must be a whole number from 0 to 2147483647");
    }
    return Replicas{read};
}

Result<Reading> reading(const json::value& value, const policy::MetricSpec& metric) {
    const std::string name = "readings." + metric.name;
    if (value.is_null()) {
        return Reading::absent(Absence::source_failed);
    }
    if (!value.is_object()) {
        return number(value, name).map([&](double n) {
            return Reading::of(n, Duration{0}, metric.max_age);
        });
    }
    const json::object& object = value.get_object();
    const json::value* held = object.if_contains("value");
    const json::value* aged = object.if_contains("age");
    if (held == nullptr || aged == nullptr || object.size() != 2) {
        return wrong("'" + name + R"(' must be a number, null or {"value":N,"age":SECONDS})");
    }
    const Result<double> n = number(*held, name + ".value");
    const Result<double> age = number(*aged, name + ".age");
    if (!n || !age) {
        return fail(n ? age.error() : n.error());
    }
    return Reading::of(*n, Duration{std::llround(*age * 1000.0)}, metric.max_age);
}

Status read_readings(const json::value& value, const policy::PolicySpec& spec, Line& line) {
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return wrong("'readings' must be an object");
    }
    for (const auto& given : *object) {
        const auto is_it = [&](const policy::MetricSpec& metric) {
            return std::string_view{given.key()} == metric.name;
        };
        if (std::ranges::none_of(spec.metrics, is_it)) {
            return wrong("policy " + spec.name + " has no metric '" + std::string{given.key()} +
                         "', which 'readings' names");
        }
    }
    for (const policy::MetricSpec& metric : spec.metrics) {
        const json::value* given = object->if_contains(metric.name);
        if (given != nullptr && !metric.formula.empty()) {
            return wrong("'readings." + metric.name + "' is computed by its formula");
        }
        Result<Reading> read = given == nullptr
                                   ? Result<Reading>{Reading::absent(Absence::no_series)}
                                   : reading(*given, metric);
        if (!read) {
            return fail(std::move(read).error());
        }
        line.readings.push_back(*read);
    }
    policy::compute(spec, line.readings);
    return {};
}

Status read_observed(const json::value& value, Line& line) {
    if (value.is_null()) {
        return {};
    }
    const json::object* object = value.if_object();
    if (object == nullptr || !object->contains("replicas")) {
        return wrong(R"('observed' must be null or {"replicas":N,"ready":N})");
    }
    const Result<Replicas> replicas = count(*object, "replicas", Replicas{0});
    if (!replicas) {
        return fail(replicas.error());
    }
    const Result<Replicas> ready = count(*object, "ready", *replicas);
    const Result<Replicas> present = count(*object, "present", *replicas);
    if (!ready || !present) {
        return fail(ready ? present.error() : ready.error());
    }
    line.observed =
        Observed{.replicas = *replicas, .present = *present, .ready = *ready, .at = line.now};
    return {};
}

Result<Line> read_line(const std::string& text, const policy::PolicySpec& spec) {
    boost::system::error_code problem;
    const json::value value = json::parse(text, problem);
    const json::object* object = problem ? nullptr : value.if_object();
    if (object == nullptr) {
        return wrong("a JSON object is expected");
    }
    for (const char* name : {"now", "readings", "observed"}) {
        if (!object->contains(name)) {
            return wrong(std::string{"'"} + name + "' is missing");
        }
    }
    Line line;
    const Result<double> now = number(object->at("now"), "now");
    if (!now) {
        return fail(now.error());
    }
    line.now = from_unix_seconds(*now);
    if (Status observed = read_observed(object->at("observed"), line); !observed) {
        return fail(std::move(observed).error());
    }
    if (Status readings = read_readings(object->at("readings"), spec, line); !readings) {
        return fail(std::move(readings).error());
    }
    return line;
}

/// The schedule is compiled for the instants of the lines.
int filter(config::Policy policy) {
    const policy::PolicySpec& spec = policy.spec;
    policy::PolicyState state;
    std::string text;
    TimePoint last = TimePoint::min();
    for (std::size_t number = 1; std::getline(std::cin, text); ++number) {
        Result<Line> line = read_line(text, spec);
        if (line && line->now < last) {
            line = wrong("'now' goes back in time");
        }
        if (line) {
            if (Status table = config::refresh(policy.schedules, policy.spec.schedule, line->now);
                !table) {
                line = fail(std::move(table).error());
            }
        }
        if (!line) {
            std::fprintf(stderr, "-:%zu:1: error: %s\n", number, line.error().message.c_str());
            return exit_invalid;
        }
        last = line->now;
        const policy::Decision decision =
            policy::decide(spec,
                           {.now = line->now,
                            .observed = line->observed ? &*line->observed : nullptr,
                            .readings = line->readings},
                           state);
        if (decision.direction() != policy::Direction::hold) {
            policy::record_scale_event(spec, state, decision.current, decision.desired, line->now);
        }
        json::array reasons;
        for (std::string& reason : policy::reasons(decision, spec)) {
            reasons.emplace_back(std::move(reason));
        }
        const json::value now = json::parse(text).at("now");
        const json::value desired =
            decision.observation_known ? json::value(decision.desired.count) : json::value(nullptr);
        std::printf(
            "%s\n",
            json::serialize(
                json::object{{"now", now}, {"desired", desired}, {"reasons", std::move(reasons)}})
                .c_str());
        std::fflush(stdout);
    }
    return 0;
}

int run_step(const StepOptions& options) {
    const config::Loaded loaded = load_and_show(options.config, std::nullopt);
    if (!loaded.ok()) {
        return exit_invalid;
    }
    std::vector<std::string_view> names;
    for (const config::Policy& policy : loaded.config.policies) {
        if (policy.spec.name == options.policy) {
            return filter(policy);
        }
        names.push_back(policy.spec.name);
    }
    for (const config::Template& made_of : loaded.config.templates) {
        if (const auto value = config::value_of_instance(made_of, options.policy)) {
            if (const auto instance = config::instance_of(made_of, *value)) {
                return filter(instance->policy);
            }
        }
        names.push_back(made_of.policy.spec.name);
    }
    const std::string meant = config::did_you_mean(options.policy, names);
    std::fprintf(stderr,
                 "tided: there is no policy '%s' in %s%s\n",
                 options.policy.c_str(),
                 options.config.c_str(),
                 meant.empty() ? "" : (": " + meant).c_str());
    return exit_invalid;
}

}  // namespace

Runner declare_step(CLI::App& app) {
    auto options = std::make_shared<StepOptions>();
    app.add_option("--config", options->config, "Policy file or directory")->capture_default_str();
    app.add_option("--policy", options->policy, "The policy to step")->required();
    return [options] { return run_step(*options); };
}

}  // namespace tided::daemon
