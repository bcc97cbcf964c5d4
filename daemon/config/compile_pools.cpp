// [provider.NAME] and [pool.NAME].
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "daemon/config/address.h"
#include "daemon/config/check.h"
#include "daemon/config/compile.h"
#include "daemon/config/instance.h"
#include "daemon/config/templates.h"
#include "daemon/config/workload.h"

namespace tided::config {
namespace {

using actuators::Signal;

struct SignalRow {
    std::string_view name;
    Signal signal;
};
constexpr std::array<SignalRow, 7> signals{{{"SIGTERM", Signal::terminate},
                                            {"SIGINT", Signal::interrupt},
                                            {"SIGHUP", Signal::hangup},
                                            {"SIGQUIT", Signal::quit},
                                            {"SIGKILL", Signal::kill},
                                            {"SIGUSR1", Signal::user1},
                                            {"SIGUSR2", Signal::user2}}};

Signal signal_called(std::string_view name) {
    for (const SignalRow& row : signals) {
        if (row.name == name) {
            return row.signal;
        }
    }
    return Signal::terminate;
}

bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

Facts compile_facts(Compiling& in, const Fields& fields) {
    Facts facts{.country = fields.text("country"),
                .hds = fields.boolean("hds"),
                .secnumcloud = fields.boolean("secnumcloud"),
                .price_per_hour = fields.text("price_per_hour")};
    if (!facts.country.empty() &&
        (facts.country.size() != 2 ||
         !std::all_of(facts.country.begin(), facts.country.end(), is_capital))) {
        in.report.add(Problem::bad_value,
                      fields.place("country"),
                      {"country", "two capital letters are expected, such as FR"});
    }
    if (!facts.price_per_hour.empty() && !is_price(facts.price_per_hour)) {
        in.report.add(Problem::bad_value,
                      fields.place("price_per_hour"),
                      {"price_per_hour", "an amount and a currency are expected: 0.08 EUR"});
    }
    return facts;
}

void refuse_programs(Compiling& in, const Place& at, std::string_view what) {
    if (!in.confinement.may_run_programs) {
        in.report.add(Problem::programs_refused, at, {what});
    }
}

/// Whether a kubeconfig at hand names an exec plugin. Only files can be looked into here;
/// credentials and variables are looked at when the account is opened.
bool names_exec_plugin(const SecretRef& kubeconfig) {
    if (kubeconfig.kind != SecretRef::Kind::file) {
        return false;
    }
    std::error_code problem;
    if (!std::filesystem::is_regular_file(kubeconfig.name, problem)) {
        return false;
    }
    std::ifstream file{kubeconfig.name};
    for (std::string line; std::getline(file, line);) {
        const std::size_t at = line.find_first_not_of(" \t-");
        if (at != std::string::npos && std::string_view{line}.substr(at).starts_with("exec:")) {
            return true;
        }
    }
    return false;
}

void compile_kubernetes(Compiling& in, const Fields& fields, Provider& provider) {
    provider.kubernetes = {.kubeconfig = fields.secret("kubeconfig"),
                           .context = fields.text("context"),
                           .in_cluster = fields.boolean("in_cluster")};
    provider.http.body_limit = fields.bytes("body_limit");
    provider.http.compression = fields.boolean("compression");
    compile_proxy(in, fields, provider.http);
    if (fields.is_written("kubeconfig") == provider.kubernetes.in_cluster) {
        in.report.add(Problem::one_of_two,
                      fields.node()->key,
                      {"a kubernetes provider", "'kubeconfig' and 'in_cluster = true'"});
    }
    const auto& kubeconfig = provider.kubernetes.kubeconfig;
    if (!in.confinement.may_run_programs && kubeconfig && names_exec_plugin(*kubeconfig)) {
        refuse_programs(in, fields.place("kubeconfig"), "the kubeconfig's exec plugin");
    }
}

void refuse_bad_command(Compiling& in, const Fields& fields, std::string_view key) {
    const Node* node = fields.find(key);
    if (node != nullptr && !node->children.empty() && node->children.front().text.empty()) {
        in.report.add(
            Problem::bad_value, node->children.front().value, {key, "the program's name is empty"});
    }
}

actuators::ProcessPoolSpec compile_process_pool(Compiling& in,
                                                const Node& node,
                                                const Fields& fields) {
    refuse_bad_command(in, fields, "command");
    check_templates(in, fields);
    actuators::ProcessPoolSpec spec{
        .name = node.name,
        .command = fields.texts("command"),
        .environment = fields.map("environment"),
        .directory = fields.text("directory"),
        .first_port = static_cast<std::uint16_t>(fields.integer("first_port")),
        .probe = fields.text("probe"),
        .probe_timeout = fields.duration("probe_timeout"),
        .start_timeout = fields.duration("start_timeout"),
        .stop_signal = signal_called(fields.text("stop_signal")),
        .stop_grace = fields.duration("stop_grace"),
        .restart_delay = fields.duration("restart_delay"),
        .restart_delay_max = fields.duration("restart_delay_max"),
        .initial = Replicas{static_cast<std::int32_t>(fields.integer("initial"))},
        .keep = fields.boolean("keep")};
    refuse_longer(
        in, fields, {"probe_timeout", spec.probe_timeout}, {"start_timeout", spec.start_timeout});
    refuse_longer(in,
                  fields,
                  {"restart_delay", spec.restart_delay},
                  {"restart_delay_max", spec.restart_delay_max});
    const Duration shutdown = in.config.daemon.shutdown_timeout;
    if (!spec.keep && spec.stop_grace > shutdown) {
        in.report.add(Problem::cut_grace,
                      fields.place("stop_grace"),
                      {to_string(spec.stop_grace), to_string(shutdown)});
    }
    return spec;
}

actuators::ExecSpec compile_exec(Compiling& in, const Node& node, const Fields& fields) {
    refuse_bad_command(in, fields, "observe");
    refuse_bad_command(in, fields, "apply");
    check_environment(in, fields);
    return {.name = node.name,
            .observe = fields.texts("observe"),
            .apply = fields.texts("apply"),
            .environment = fields.map("environment"),
            .directory = fields.text("directory"),
            .output_limit = fields.bytes("output_limit")};
}

actuators::KubernetesSpec compile_kubernetes_pool(Compiling& in,
                                                  const Node& node,
                                                  const Fields& fields) {
    const std::string workload = fields.text("workload");
    if (const Node* value = fields.find("workload")) {
        // Any value that is a name will do to judge the rest.
        const std::string_view label = label_of_pool(in, node.name);
        const std::string judged = label.empty() ? workload : with_value(workload, label, "a");
        if (const Result<std::string> name = canonical_workload(judged); !name) {
            in.report.add(Problem::bad_workload,
                          value->value,
                          {"workload", name.error().message},
                          label.empty() && workload.find('{') != std::string::npos
                              ? "braces are filled in by a policy with for_each"
                              : "");
        }
    }
    return {.name = node.name, .workload = workload};
}

}  // namespace

bool is_price(std::string_view text) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos || text.size() != blank + 4 ||
        !std::all_of(
            text.begin() + static_cast<std::ptrdiff_t>(blank) + 1, text.end(), is_capital)) {
        return false;
    }
    return magnitude(Form::number, text.substr(0, blank)).value_or(-1.0) >= 0.0;
}

void compile_providers(Compiling& in) {
    for_each_member(in, provider_group(), [&](const Node& node, const Fields& fields) {
        Provider provider;
        provider.name = node.name;
        provider.facts = compile_facts(in, fields.inner("facts"));
        const std::string type = fields.text("type");
        if (type == "kubernetes") {
            provider.type = ProviderType::kubernetes;
            compile_kubernetes(in, fields, provider);
        } else {
            provider.type = type == "exec" ? ProviderType::exec : ProviderType::process_pool;
            refuse_programs(in, fields.place("type"), type);
        }
        in.config.providers.push_back(std::move(provider));
        in.provider_nodes.push_back(&node);
    });
}

void compile_pools(Compiling& in) {
    for_each_member(in, pool_group(), [&](const Node& node, const Fields& fields) {
        Pool pool{.name = node.name,
                  .provider = fields.text("provider"),
                  .spec = {},
                  .capacity = fields.number("capacity"),
                  .observe_interval =
                      fields.written_duration("observe_interval").value_or(Duration::zero()),
                  .step_timeout = fields.duration("step_timeout")};
        const Table* table = table_of(in.root, pool_group(), node);
        if (table == pool_group().find("process_pool")) {
            pool.spec = compile_process_pool(in, node, fields);
        } else if (table == pool_group().find("exec")) {
            pool.spec = compile_exec(in, node, fields);
        } else {
            pool.spec = compile_kubernetes_pool(in, node, fields);
        }
        check_template_pool(in, node, pool);
        in.config.pools.push_back(std::move(pool));
        in.pool_nodes.push_back(&node);
    });
}

}  // namespace tided::config
