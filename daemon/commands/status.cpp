// tided status: what the daemon reads and scales, a line each. The instances of a template are one
// line together, and a line each where one is paused, in trouble or about to be scaled.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <boost/json.hpp>

#include "daemon/commands/answers.h"
#include "daemon/commands/commands.h"
#include "policy/vocab/time.h"

namespace tided::daemon {
namespace {

namespace json = boost::json;

struct StatusOptions {
    std::string socket = default_control_socket;
    bool all = false;
};

/// Of a source whose targets are found.
void print_discovery(const json::object& source) {
    if (!source.contains("dropped")) {
        return;
    }
    const std::string error = text_of(source, "discovery_error");
    std::printf("  targets: %d found, %d dropped by rules%s\n",
                source.at("lanes").to_number<int>(),
                source.at("dropped").to_number<int>(),
                error.empty() ? "" : ("; " + error).c_str());
}

void print_peers(const json::object& status) {
    for (const json::value& value : status.at("sources").as_array()) {
        const json::object& source = value.as_object();
        const int lanes = source.at("lanes").to_number<int>();
        const int failing = source.at("failing").to_number<int>();
        const std::string server = text_of(source, "server");
        std::printf("source %s (%s): %d of %d answering%s%s\n",
                    text_of(source, "name").c_str(),
                    text_of(source, "type").c_str(),
                    lanes - failing,
                    lanes,
                    server == "-" ? "" : (", from " + server).c_str(),
                    failing > 0 ? (": " + text_of(source, "last_error")).c_str() : "");
        print_discovery(source);
    }
    for (const json::value& value : status.at("providers").as_array()) {
        const json::object& provider = value.as_object();
        const std::string error = text_of(provider, "last_error");
        std::printf("provider %s (%s): %s\n",
                    text_of(provider, "name").c_str(),
                    text_of(provider, "type").c_str(),
                    error == "-" ? "answers" : error.c_str());
    }
}

void print_templates(const json::object& status) {
    const json::value* templates = status.if_contains("templates");
    for (const json::value& value : templates == nullptr ? json::array{} : templates->as_array()) {
        const json::object& made_of = value.as_object();
        std::printf(
            "template %s: %s of at most %s, by %s from source %s; %s not listed, %s without "
            "room, %s refused\n",
            text_of(made_of, "name").c_str(),
            text_of(made_of, "instances").c_str(),
            text_of(made_of, "max").c_str(),
            text_of(made_of, "label").c_str(),
            text_of(made_of, "source").c_str(),
            text_of(made_of, "missing").c_str(),
            text_of(made_of, "over_max").c_str(),
            text_of(made_of, "unfit").c_str());
        for (const auto& refused : made_of.at("refused").as_object()) {
            std::printf("  no instance for \"%s\": %s\n",
                        std::string{refused.key()}.c_str(),
                        refused.value().as_string().c_str());
        }
    }
}

/// Columns as wide as their widest cell, two blanks between; the last one is left ragged.
void print_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size()) {
                line.append(widths[i] - row[i].size() + 2, ' ');
            }
        }
        std::printf("%s\n", line.c_str());
    }
}

/// The pause, the trouble of the pool or the schedule, or the last reason without the policy's
/// name, which its row begins with.
std::string why_of(const json::object& policy) {
    if (std::string pause = text_of(policy, "pause"); pause != "-") {
        return pause;
    }
    for (const char* key : {"trouble", "schedule_trouble"}) {
        if (std::string trouble = text_of(policy, key); trouble != "-") {
            return trouble;
        }
    }
    const std::string name = text_of(policy, "name") + ": ";
    std::string reason = text_of(policy, "last_reason");
    return reason.starts_with(name) ? reason.substr(name.size()) : reason;
}

using Row = std::vector<std::string>;

Row row_of(const json::object& policy) {
    Row row;
    for (const char* key :
         {"name", "pool", "mode", "current", "ready", "desired", "min_now", "max_now"}) {
        row.push_back(text_of(policy, key));
    }
    row.push_back(why_of(policy));
    return row;
}

/// Of hundreds of instances those that want a look.
bool wants_a_look(const json::object& instance) {
    return text_of(instance, "pause") != "-" || text_of(instance, "trouble") != "-" ||
           text_of(instance, "schedule_trouble") != "-" ||
           text_of(instance, "current") != text_of(instance, "desired");
}

/// The instances of one template as one row.
struct Group {
    std::size_t count = 0;
    std::size_t shown = 0;
    std::array<std::int64_t, 5> sums{};  ///< current, ready, desired, bounds in force

    void add(const json::object& instance) {
        constexpr std::array<const char*, 5> keys{
            "current", "ready", "desired", "min_now", "max_now"};
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const json::value& number = instance.at(keys[i]);
            sums[i] += number.is_number() ? number.to_number<std::int64_t>() : 0;
        }
        ++count;
        shown += wants_a_look(instance) ? 1U : 0U;
    }

    [[nodiscard]] Row row(const std::string& name) const {
        Row row{name + "[*]", "-", "-"};
        for (const std::int64_t sum : sums) {
            row.push_back(std::to_string(sum));
        }
        row.push_back(std::to_string(count) + " instances together; " + std::to_string(shown) +
                      " of them follow" + (shown < count ? " (--all: every one)" : ""));
        return row;
    }
};

std::vector<Row> policy_rows(const json::array& policies, bool all) {
    std::map<std::string, Group> groups;
    for (const json::value& policy : policies) {
        if (policy.as_object().contains("template") && !all) {
            groups[text_of(policy.as_object(), "template")].add(policy.as_object());
        }
    }
    std::vector<Row> rows;
    for (const json::value& value : policies) {
        const json::object& policy = value.as_object();
        const bool is_grouped = policy.contains("template") && !all;
        const std::string group = is_grouped ? text_of(policy, "template") : "";
        if (is_grouped && groups.at(group).count > 0) {
            rows.push_back(groups.at(group).row(group));
            groups.at(group).count = 0;  // said
        }
        if (!is_grouped || wants_a_look(policy)) {
            rows.push_back(row_of(policy));
        }
    }
    return rows;
}

int run_status(const StatusOptions& options) {
    const ControlClient client{options.socket};
    json::object status;
    json::object policies;
    int exit_code = 0;
    if (!take(client.get("/api/v1/status"), status, exit_code) ||
        !take(client.get("/api/v1/policies"), policies, exit_code)) {
        return exit_code;
    }
    const Duration up{static_cast<Duration::rep>(status.at("uptime_seconds").to_number<double>()) *
                      1000};
    std::printf("tided %s, mode %s, up %s, %s\n",
                text_of(status, "version").c_str(),
                text_of(status, "mode").c_str(),
                to_string(up).c_str(),
                text_of(status, "config").c_str());
    if (const std::string error = text_of(status, "last_reload_error"); error != "-") {
        std::printf("the last reload was refused:\n%s\n", error.c_str());
    }
    if (const std::string frozen = text_of(status, "frozen"); frozen != "-") {
        std::printf("frozen: %s\n", frozen.c_str());
    }
    print_peers(status);
    print_templates(status);
    std::vector<std::vector<std::string>> rows{
        {"POLICY", "POOL", "MODE", "CURRENT", "READY", "DESIRED", "MIN", "MAX", "WHY"}};
    for (Row& row : policy_rows(policies.at("policies").as_array(), options.all)) {
        rows.push_back(std::move(row));
    }
    std::printf("\n");
    print_table(rows);
    return 0;
}

}  // namespace

Runner declare_status(CLI::App& app) {
    auto options = std::make_shared<StatusOptions>();
    app.add_option("--socket", options->socket, "The daemon's control socket")
        ->capture_default_str();
    app.add_flag("--all", options->all, "List every instance of the templates");
    return [options] { return run_status(*options); };
}

}  // namespace tided::daemon
