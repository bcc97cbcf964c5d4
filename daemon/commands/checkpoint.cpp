// tided checkpoint export|import: what is known of the usage of a policy's instances, as the
// checkpoints of Kubernetes' VerticalPodAutoscaler, out of the running daemon and into it.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <string>

#include <CLI/CLI.hpp>

#include <boost/json.hpp>

#include "daemon/checkpoint_json.h"
#include "daemon/commands/answers.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/input.h"
#include "daemon/server/control_client.h"
#include "metrics/percent.h"

namespace tided::daemon {
namespace {

struct CheckpointOptions {
    std::string socket = default_control_socket;
    std::string policy;
    std::string file = "-";
    std::string vpa;
    bool is_import = false;

    [[nodiscard]] std::string target(const char* verb) const {
        return "/api/v1/policies/" + metrics::percent_encoded(policy) + verb;
    }
};

int refuse(const Error& error, int exit_code) {
    std::fprintf(stderr, "tided: %s\n", error.message.c_str());
    return exit_code;
}

std::string owner_of(const NamedCheckpoint& one) {
    return (one.space.empty() ? "" : one.space + '/') + one.vpa;
}

/// Those of one VerticalPodAutoscaler; a file may hold those of a whole cluster.
Result<std::vector<NamedCheckpoint>> chosen(std::vector<NamedCheckpoint> all,
                                            const std::string& vpa) {
    if (!vpa.empty()) {
        std::erase_if(all, [&](const NamedCheckpoint& one) {
            return one.vpa != vpa && owner_of(one) != vpa;
        });
    }
    std::set<std::string> owners;
    std::transform(all.begin(), all.end(), std::inserter(owners, owners.end()), owner_of);
    if (owners.size() == 1) {
        return all;
    }
    if (owners.empty()) {
        return fail(ErrorCode::invalid_input, "it holds no checkpoint of '" + vpa + "'");
    }
    return fail(ErrorCode::invalid_input,
                "it holds checkpoints of " + std::to_string(owners.size()) +
                    " VerticalPodAutoscalers: --vpa says which, as in --vpa " + *owners.begin());
}

int run_export(const CheckpointOptions& options) {
    boost::json::object answer;
    int exit_code = 0;
    if (take(
            ControlClient{options.socket}.get(options.target("/checkpoints")), answer, exit_code)) {
        std::printf("%s\n", boost::json::serialize(answer).c_str());
    }
    return exit_code;
}

int run_import(const CheckpointOptions& options) {
    const Result<std::string> text = read_input(options.file);
    if (!text) {
        return refuse(text.error(), exit_failure);
    }
    auto checkpoints = parse_checkpoints(*text);
    if (checkpoints) {
        checkpoints = chosen(*std::move(checkpoints), options.vpa);
    }
    if (!checkpoints) {
        return refuse(std::move(checkpoints).error().within(options.file), exit_invalid);
    }
    boost::json::object answer;
    int exit_code = 0;
    // Written anew: kubectl's form is several times as long as what it says.
    const std::string body = checkpoints_json(*checkpoints, TimePoint{});
    if (take(ControlClient{options.socket}.post(options.target("/import"), body),
             answer,
             exit_code)) {
        std::printf("%s knows the usage of %s more container(s)\n",
                    options.policy.c_str(),
                    text_of(answer, "containers").c_str());
    }
    return exit_code;
}

}  // namespace

Runner declare_checkpoint(CLI::App& app) {
    auto options = std::make_shared<CheckpointOptions>();
    app.require_subcommand(1);
    app.add_option("--socket", options->socket, "The daemon's control socket")
        ->capture_default_str();
    app.add_option("--vpa", options->vpa, "Import those of this one alone: NAME or NAMESPACE/NAME");
    CLI::App* giving = app.add_subcommand("export", "Print a policy's checkpoints as JSON");
    CLI::App* taking = app.add_subcommand("import", "Load checkpoints into a policy");
    for (CLI::App* command : {giving, taking}) {
        command->fallthrough();
        command->add_option("policy", options->policy, "The policy's name")->required();
    }
    taking->add_option("file", options->file, "Checkpoints as JSON, - for standard input");
    taking->callback([options] { options->is_import = true; });
    return [options] { return options->is_import ? run_import(*options) : run_export(*options); };
}

}  // namespace tided::daemon
