// bench_traces [--rest] DIRECTORY: decision quality on real load, HPA's rows and ours. For each
// trace and start delay: requests in violation % / load lost % / cost as a multiple of the
// oracle's, SPEC's elasticity metrics, actions a day. Pure arithmetic: the same figures anywhere.
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/traces/catalogue.h"
#include "tests/bench/traces/forecast_rows.h"
#include "tests/bench/traces/hpa_rows.h"
#include "tests/bench/traces/oracle.h"

namespace {

using namespace tided;
using namespace tided::bench;
using namespace std::chrono_literals;

struct Row {
    const char* name;
    Controller controller;
};

void print(const char* name, const Scores& s) {
    std::printf("  %-14s %6.2f / %5.2f / %6.3f   theta %5.2f %6.1f  tau %5.2f %5.1f",
                name,
                s.violation,
                s.lost,
                s.cost,
                s.theta_under,
                s.theta_over,
                s.tau_under,
                s.tau_over);
    std::printf("  upsilon %4.1f  actions %5.1f\n", s.upsilon, s.actions_a_day);
}

void compare(const std::string& name, const std::vector<double>& load) {
    for (const Duration delay : {Duration{60s}, Duration{180s}}) {
        std::printf("%s, start delay %s\n", name.c_str(), to_string(delay).c_str());
        const std::vector<std::int32_t> needed = oracle(load, delay);
        for (const Row& row : {Row{"hpa cpu 0.70", hpa_on_cpu(0.70)},
                               Row{"hpa rps 0.70", hpa_on_rps(0.70)},
                               Row{"hpa cpu 0.50", hpa_on_cpu(0.50)},
                               Row{"static peak", static_peak(load)},
                               Row{"tided forecast", forecasting()}}) {
            print(row.name, score(load, play(load, delay, row.controller), needed));
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    const bool rest = !words.empty() && words.front() == "--rest";
    if (words.size() != (rest ? 2U : 1U)) {
        std::fprintf(stderr, "usage: bench_traces [--rest] DIRECTORY\n");
        return 2;
    }
    const std::string directory{words.back()};
    std::printf("requests in violation %% / load lost %% / cost of the oracle's\n");
    for (const Subject& subject : rest ? held_out() : catalogue()) {
        if (const auto load = find_load(subject, directory)) {
            compare(title(subject), *load);
        } else {
            std::printf("%s: not in %s\n", title(subject).c_str(), directory.c_str());
        }
    }
    return 0;
}
