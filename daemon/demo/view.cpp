// view: watches a policy of a running tided through its HTTP interface and shows it beside the
// load; a picture on a terminal, a line every two seconds elsewhere. Ends with a summary.
//
//   view --api PORT --policy NAME --stats FILE --seconds N [--svg FILE]
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include <poll.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "daemon/demo/loopback.h"
#include "daemon/demo/picture.h"

namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t stopping = 0;

struct Options {
    std::uint16_t api = 0;
    std::string policy;
    std::string stats;
    double seconds = 0.0;
    std::string svg;
};

int number(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_number() ? value->to_number<int>() : 0;
}

std::string text(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

class View {
public:
    explicit View(Options options)
        : options_(std::move(options)), tty_(::isatty(STDOUT_FILENO) == 1) {
        scene_.address = "http://127.0.0.1:" + std::to_string(options_.api);
        scene_.length = options_.seconds;
    }

    void run() {
        const auto started = Clock::now();
        double next_line = 0.0;
        std::fputs(tty_ ? "\x1b[2J\x1b[?25l" : "", stdout);
        while (stopping == 0 && scene_.now < options_.seconds) {
            scene_.now = std::chrono::duration<double>(Clock::now() - started).count();
            read_stats();
            read_policy();
            if (tty_) {
                std::fputs(as_terminal(draw(scene_)).c_str(), stdout);
            } else if (scene_.now >= next_line) {
                std::printf("%s\n", as_plain(scene_).c_str());
                next_line += 2.0;
            }
            std::fflush(stdout);
            ::poll(nullptr, 0, 250);
        }
        std::fputs(tty_ ? "\x1b[?25h\n" : "\n", stdout);
        if (!options_.svg.empty()) {
            std::ofstream(options_.svg) << as_svg(draw(scene_));
        }
    }

    void print_summary() const {
        std::printf("replicas %d to %d, scaled %zu times; last: %s\n",
                    fewest_,
                    most_,
                    changes_,
                    scene_.decisions.empty() ? "none" : scene_.decisions.front().c_str());
    }

private:
    void read_stats() {
        std::ifstream in(options_.stats);
        double at = 0.0;
        double offered = 0.0;
        if (in >> at >> offered >> scene_.served >> scene_.refused >> scene_.lost >> scene_.p95) {
            offered_ = offered;
        }
    }

    void read_policy() {
        const auto body = demo::get(
            options_.api, "/api/v1/policies/" + options_.policy, std::chrono::milliseconds{500});
        json::error_code problem;
        const json::value value = body ? json::parse(*body, problem) : json::value{};
        if (problem || !value.is_object()) {
            return;
        }
        take(value.get_object());
        scene_.history.push_back(
            {.seconds = scene_.now, .offered = offered_, .replicas = scene_.replicas});
    }

    void take(const json::object& policy) {
        const int replicas = number(policy, "current");
        scene_.ready = number(policy, "ready");
        scene_.min = number(policy, "min");
        scene_.max = number(policy, "max");
        const int wanted = number(policy, "desired");
        if (wanted != scene_.wanted) {
            scene_.decisions.push_front(demo::clock_text(scene_.now) + "  " +
                                        text(policy, "last_reason"));
            scene_.decisions.resize(std::min<std::size_t>(scene_.decisions.size(), 4));
        }
        changes_ += replicas != scene_.replicas && scene_.replicas > 0 ? 1U : 0U;
        scene_.replicas = replicas;
        scene_.wanted = wanted;
        if (replicas > 0) {
            fewest_ = fewest_ == 0 ? replicas : std::min(fewest_, replicas);
            most_ = std::max(most_, replicas);
        }
    }

    Options options_;
    bool tty_;
    demo::Scene scene_;
    double offered_ = 0.0;
    int fewest_ = 0;
    int most_ = 0;
    std::size_t changes_ = 0;
};

/// Reads "--name value" pairs; false for anything it does not know.
bool read_options(int argc, char** argv, Options& options) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--api") {
            options.api = static_cast<std::uint16_t>(std::strtol(value.c_str(), nullptr, 10));
        } else if (name == "--policy") {
            options.policy = value;
        } else if (name == "--stats") {
            options.stats = value;
        } else if (name == "--seconds") {
            options.seconds = std::strtod(value.c_str(), nullptr);
        } else if (name == "--svg") {
            options.svg = value;
        } else {
            return false;
        }
    }
    return argc % 2 == 1 && options.api != 0 && !options.policy.empty() && options.seconds > 0.0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!read_options(argc, argv, options)) {
        std::fputs("usage: view --api PORT --policy NAME --stats FILE --seconds N [--svg FILE]\n",
                   stderr);
        return 2;
    }
    struct sigaction stop {};
    stop.sa_handler = [](int) { stopping = 1; };
    ::sigaction(SIGTERM, &stop, nullptr);
    ::sigaction(SIGINT, &stop, nullptr);
    View view{options};
    view.run();
    view.print_summary();
    return 0;
}
