// bench_traces [--rest] [--policy FILE]... DIRECTORY: decision quality on real load. For each trace
// and start delay a row each for HPA and for every policy of the files (one_policy.toml when none
// is given): requests in violation % / load lost % / cost as a multiple of the oracle's, SPEC's
// elasticity metrics, actions a day. --rest takes the parts of the traces that no constant was
// chosen on. What a policy's metric reads: policy_rows.h. Pure arithmetic: the same figures
// anywhere.
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/config/load.h"
#include "tests/bench/traces/catalogue.h"
#include "tests/bench/traces/hpa_rows.h"
#include "tests/bench/traces/oracle.h"
#include "tests/bench/traces/policy_rows.h"

namespace {

using namespace tided;
using namespace tided::bench;
using namespace std::chrono_literals;

struct Options {
    bool rest = false;
    std::vector<policy::PolicySpec> policies = {};
    std::string directory;
};

struct Row {
    std::string name;
    Controller controller;
};

/// Controllers remember: each curve and delay gets new ones.
std::vector<Row> rows_for(const Options& options, const std::vector<double>& load) {
    std::vector<Row> rows{{"hpa cpu 0.70", hpa_on_cpu(0.70)},
                          {"hpa rps 0.70", hpa_on_rps(0.70)},
                          {"hpa cpu 0.50", hpa_on_cpu(0.50)},
                          {"static peak", static_peak(load)}};
    for (const policy::PolicySpec& spec : options.policies) {
        rows.push_back({spec.name, deciding(spec)});
    }
    return rows;
}

void print(const std::string& name, const Scores& s) {
    std::printf("  %-14s %6.2f / %5.2f / %6.3f", name.c_str(), s.violation, s.lost, s.cost);
    std::printf("   theta %5.2f %6.1f  tau %5.2f %5.1f  upsilon %4.1f  actions %5.1f\n",
                s.theta_under,
                s.theta_over,
                s.tau_under,
                s.tau_over,
                s.upsilon,
                s.actions_a_day);
}

void compare(const Options& options, const std::string& name, const std::vector<double>& load) {
    for (const Duration delay : {Duration{60s}, Duration{180s}}) {
        std::printf("%s, start delay %s\n", name.c_str(), to_string(delay).c_str());
        const std::vector<std::int32_t> needed = oracle(load, delay);
        for (const Row& row : rows_for(options, load)) {
            print(row.name, score(load, play(load, delay, row.controller), needed));
        }
    }
}

/// Adds the policies of `file` that have one metric. False: what is wrong with it is printed.
bool add_policies(const std::string& file, Options& options) {
    const config::Loaded loaded = config::load(file, {});
    if (!loaded.ok()) {
        std::fprintf(stderr, "%s does not load: see `tided check`\n", file.c_str());
        return false;
    }
    for (const config::Policy& policy : loaded.config.policies) {
        if (policy.spec.metrics.size() == 1) {
            options.policies.push_back(policy.spec);
        } else {
            std::printf("%s: has not one metric, left out\n", policy.spec.name.c_str());
        }
    }
    return true;
}

std::optional<Options> options_from(const std::vector<std::string>& words) {
    Options options;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--rest") {
            options.rest = true;
        } else if (words[i] == "--policy" && i + 1 < words.size()) {
            if (!add_policies(words[++i], options)) {
                return std::nullopt;
            }
        } else if (words[i].starts_with("--") || !options.directory.empty()) {
            return std::nullopt;
        } else {
            options.directory = words[i];
        }
    }
    const bool has_policy = !options.policies.empty() || add_policies(TIDED_ONE_POLICY, options);
    return options.directory.empty() || !has_policy ? std::nullopt : std::optional{options};
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = options_from({argv + 1, argv + argc});
    if (!options) {
        std::fprintf(stderr, "usage: bench_traces [--rest] [--policy FILE]... DIRECTORY\n");
        return 2;
    }
    std::printf("requests in violation %% / load lost %% / cost of the oracle's\n");
    for (const Subject& subject : options->rest ? held_out() : catalogue()) {
        if (const auto load = find_load(subject, options->directory)) {
            compare(*options, title(subject), *load);
        } else {
            std::printf("%s: not in %s\n", title(subject).c_str(), options->directory.c_str());
        }
    }
    return 0;
}
