// tided explain, pause, resume, approve, brake, release, reload: questions and orders to the
// running daemon.
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <boost/json.hpp>

#include "daemon/commands/answers.h"
#include "daemon/commands/commands.h"
#include "daemon/server/control_client.h"
#include "daemon/server/instant.h"
#include "daemon/size_words.h"
#include "metrics/percent.h"
#include "policy/vocab/units.h"
#include "policy/vpa/amount.h"

namespace tided::daemon {
namespace {

namespace json = boost::json;

struct ControlOptions {
    std::string socket = default_control_socket;
    std::string policy;
    std::string reason;
    std::string duration;
    std::string at;
    std::optional<std::int32_t> to;
    bool withdraw = false;
};

std::shared_ptr<ControlOptions> with_socket(CLI::App& app) {
    auto options = std::make_shared<ControlOptions>();
    app.add_option("--socket", options->socket, "The daemon's control socket")
        ->capture_default_str();
    return options;
}

std::shared_ptr<ControlOptions> with_policy(CLI::App& app) {
    auto options = with_socket(app);
    app.add_option("policy", options->policy, "The policy's name")->required();
    return options;
}

/// A number for people: three significant digits at least, no exponent below a million.
std::string number_of(const json::object& object, const char* key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_number()) {
        return "-";
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6g", value->to_number<double>());
    return text.data();
}

std::string age_of(const json::object& metric) {
    const json::value* age = metric.if_contains("age_seconds");
    return age == nullptr || !age->is_number()
               ? text_of(metric, "why")
               : to_string(Duration{std::llround(age->to_number<double>() * 1000.0)}) + " old";
}

void print_reasons(const json::object& object) {
    if (const json::value* reasons = object.if_contains("reasons"); reasons != nullptr) {
        for (const json::value& reason : reasons->as_array()) {
            std::printf("  - %s\n", reason.as_string().c_str());
        }
    }
}

std::string amount_of(policy::vpa::Resource resource, const json::value& amount) {
    const double unit = resource == policy::vpa::Resource::cpu ? 1000.0 : 1.0;
    const double count = amount.to_number<double>() * unit;
    return count >= static_cast<double>(policy::vpa::max_amount)
               ? "unbounded"
               : in_words(resource, policy::vpa::Amount{std::llround(count)});
}

/// "cpu 250m (100m to 1)", for what is sized.
std::string size_of(const json::object& size, const char* key, policy::vpa::Resource resource) {
    const json::object& bounds = size.at(key).as_object();
    if (bounds.empty()) {
        return {};
    }
    return (resource == policy::vpa::Resource::cpu ? " cpu " : " memory ") +
           amount_of(resource, bounds.at("target")) + " (" +
           amount_of(resource, bounds.at("lower")) + " to " +
           amount_of(resource, bounds.at("upper")) + ")";
}

void print_sizes(const json::object& policy) {
    const json::value* sizes = policy.if_contains("vertical");
    for (const json::value& value : sizes == nullptr ? json::array{} : sizes->as_array()) {
        const json::object& size = value.as_object();
        std::printf("  container %s:%s%s\n",
                    text_of(size, "container").c_str(),
                    size_of(size, "cpu_cores", policy::vpa::Resource::cpu).c_str(),
                    size_of(size, "memory_bytes", policy::vpa::Resource::memory).c_str());
        print_reasons(size);
    }
    if (const json::value* joint = policy.if_contains("joint")) {
        std::printf("  count and size: %s\n", text_of(joint->as_object(), "text").c_str());
    }
    if (const std::string trouble = text_of(policy, "vertical_trouble"); trouble != "-") {
        std::printf("  usage: %s\n", trouble.c_str());
    }
}

/// What a recorded decision comes to when it is made again.
void print_recomputed(const json::object& answer) {
    const json::object* again = answer.at("recomputed").if_object();
    if (again == nullptr) {
        std::printf("not made again: %s\n", text_of(answer, "why").c_str());
        return;
    }
    const bool same = again->at("same").as_bool();
    const bool same_rules = again->at("same_rules").as_bool();
    if (same) {
        std::printf("made again from its record: the same%s\n",
                    same_rules ? "" : ", though the policy is written otherwise now");
        return;
    }
    std::printf("made again from its record, %s: %s\n",
                same_rules ? "with the same policy it DIFFERS, which is a bug"
                           : "with the policy as it is now",
                text_of(*again, "text").c_str());
    print_reasons(*again);
}

int explain_then(const ControlOptions& options) {
    json::object answer;
    int exit_code = 0;
    const std::string target = "/api/v1/policies/" + metrics::percent_encoded(options.policy) +
                               "/explain?at=" + metrics::percent_encoded(options.at);
    if (!take(ControlClient{options.socket}.get(target), answer, exit_code)) {
        return exit_code;
    }
    std::printf("%s  %s\n", text_of(answer, "at").c_str(), text_of(answer, "text").c_str());
    print_reasons(answer);
    print_recomputed(answer);
    return 0;
}

int run_explain(const ControlOptions& options) {
    if (!options.at.empty()) {
        return explain_then(options);
    }
    json::object policy;
    int exit_code = 0;
    if (!take(ControlClient{options.socket}.get("/api/v1/policies/" +
                                                metrics::percent_encoded(options.policy)),
              policy,
              exit_code)) {
        return exit_code;
    }
    std::printf("%s\n", text_of(policy, "last_reason").c_str());
    if (const std::string pause = text_of(policy, "pause"); pause != "-") {
        std::printf("%s\n", pause.c_str());
    }
    if (const std::string approval = text_of(policy, "approval"); approval != "-") {
        std::printf("%s\n", approval.c_str());
    }
    const std::string bounds = text_of(policy, "min_now") + " to " + text_of(policy, "max_now");
    const std::string written = text_of(policy, "min") + " to " + text_of(policy, "max");
    if (bounds != written) {
        std::printf("its schedule bounds it to %s now, of %s\n", bounds.c_str(), written.c_str());
    }
    if (const std::string trouble = text_of(policy, "trouble"); trouble != "-") {
        std::printf("pool %s: %s\n", text_of(policy, "pool").c_str(), trouble.c_str());
    }
    if (const std::string trouble = text_of(policy, "schedule_trouble"); trouble != "-") {
        std::printf("%s\n", trouble.c_str());
    }
    print_reasons(policy);
    for (const json::value& value : policy.at("metrics").as_array()) {
        const json::object& metric = value.as_object();
        std::printf("  %s from %s: %s (%s, %s), target %s\n",
                    text_of(metric, "name").c_str(),
                    text_of(metric, "source").c_str(),
                    number_of(metric, "value").c_str(),
                    text_of(metric, "freshness").c_str(),
                    age_of(metric).c_str(),
                    number_of(metric, "target").c_str());
    }
    print_sizes(policy);
    return 0;
}

int order(const ControlOptions& options,
          const std::string& target,
          const json::object& body,
          json::object& answer) {
    int exit_code = 0;
    static_cast<void>(
        take(ControlClient{options.socket}.post(target, json::serialize(body)), answer, exit_code));
    if (const json::value* warnings = answer.if_contains("warnings"); warnings != nullptr) {
        for (const json::value& warning : warnings->as_array()) {
            std::fprintf(stderr, "%s\n", warning.as_string().c_str());
        }
    }
    return exit_code;
}

int order(const ControlOptions& options, const std::string& target, const json::object& body) {
    json::object answer;
    return order(options, target, body, answer);
}

/// For an option's check, so that a bad text is refused under the option's name.
template <typename Value>
std::string complaint(const Result<Value>& parsed) {
    return parsed ? "" : parsed.error().message;
}

void add_reason(CLI::App& app, ControlOptions& options) {
    app.add_option("--reason", options.reason, "Why, for those who look later");
}

void add_duration(CLI::App& app, ControlOptions& options, const char* doc) {
    app.add_option("--for", options.duration, doc)->check([](const std::string& text) {
        return complaint(parse_duration(text));
    });
}

json::object order_body(const ControlOptions& options) {
    json::object body{{"reason", options.reason}};
    if (!options.duration.empty()) {
        body["for"] = options.duration;
    }
    return body;
}

std::string policy_target(const ControlOptions& options, const char* verb) {
    return "/api/v1/policies/" + metrics::percent_encoded(options.policy) + verb;
}

int run_approve(const ControlOptions& options) {
    json::object body = order_body(options);
    body["to"] = *options.to;
    json::object answer;
    const int exit_code = order(options, policy_target(options, "/approve"), body, answer);
    if (exit_code == 0) {
        std::printf("%s may step to %d until %s\n",
                    options.policy.c_str(),
                    *options.to,
                    text_of(answer, "until").c_str());
    }
    return exit_code;
}

int run_withdraw(const ControlOptions& options) {
    const int exit_code = order(options, policy_target(options, "/withdraw"), {});
    if (exit_code == 0) {
        std::printf("the approval of %s is withdrawn\n", options.policy.c_str());
    }
    return exit_code;
}

}  // namespace

Runner declare_explain(CLI::App& app) {
    auto options = with_policy(app);
    app.add_option("--at",
                   options->at,
                   "What was decided at this instant (RFC 3339, seconds, or how long ago: 2h)")
        ->check([](const std::string& text) { return complaint(parse_instant(text, {})); });
    return [options] { return run_explain(*options); };
}

Runner declare_pause(CLI::App& app) {
    auto options = with_policy(app);
    add_reason(app, *options);
    add_duration(app, *options, "How long (2h, 30m); without it until resumed");
    return [options] {
        const int exit_code =
            order(*options, policy_target(*options, "/pause"), order_body(*options));
        if (exit_code == 0) {
            std::printf("%s is paused%s\n",
                        options->policy.c_str(),
                        options->duration.empty() ? "" : (" for " + options->duration).c_str());
        }
        return exit_code;
    };
}

Runner declare_resume(CLI::App& app) {
    auto options = with_policy(app);
    return [options] {
        const int exit_code = order(*options, policy_target(*options, "/resume"), {});
        if (exit_code == 0) {
            std::printf("%s goes on\n", options->policy.c_str());
        }
        return exit_code;
    };
}

Runner declare_approve(CLI::App& app) {
    auto options = with_policy(app);
    auto* to = app.add_option("--to", options->to, "The count up to which steps are approved")
                   ->check(CLI::Range(0, std::numeric_limits<std::int32_t>::max()));
    app.add_flag("--withdraw", options->withdraw, "Take back what was approved")->excludes(to);
    add_reason(app, *options);
    add_duration(app, *options, "How long the approval holds (2h, 30m); without it 1h");
    return [options] {
        if (!options->to && !options->withdraw) {
            throw CLI::RequiredError{"--to"};
        }
        return options->withdraw ? run_withdraw(*options) : run_approve(*options);
    };
}

Runner declare_brake(CLI::App& app) {
    auto options = with_socket(app);
    add_reason(app, *options);
    return [options] {
        const int exit_code = order(*options, "/-/brake", order_body(*options));
        if (exit_code == 0) {
            std::printf("nothing is scaled until: tided release\n");
        }
        return exit_code;
    };
}

Runner declare_release(CLI::App& app) {
    auto options = with_socket(app);
    return [options] {
        const int exit_code = order(*options, "/-/release", {});
        if (exit_code == 0) {
            std::printf("the brake is off\n");
        }
        return exit_code;
    };
}

Runner declare_reload(CLI::App& app) {
    auto options = with_socket(app);
    return [options] {
        const int exit_code = order(*options, "/-/reload", {});
        if (exit_code == 0) {
            std::printf("reloaded\n");
        }
        return exit_code;
    };
}

}  // namespace tided::daemon
