// load: an open-loop load on the workers of the demo: it sends when its clock says so, whether
// answers come or not, as users do.
//
//   load --first-port N --ports N --base RPS --peak RPS --seconds N [--shape tide|step]
//        [--stats FILE]
//
//   tide: base + (peak - base) sin^2 over the first 75 % of the time, then base
//   step: base for 20 % of the time, peak for 40 %, base again
//
// Like a proxy it sends to workers that say they are ready, in turn, over kept connections, and
// tries another worker once when a connection ends before an answer. Every 200 ms FILE holds
// "seconds offered served refused lost p95_ms" of that moment; the last line printed is the sum.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/demo/loopback.h"

namespace {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;
using std::chrono::milliseconds;

volatile std::sig_atomic_t stopping = 0;

struct Options {
    std::uint16_t first_port = 0;
    std::size_t ports = 0;
    double base = 0.0;
    double peak = 0.0;
    double seconds = 0.0;
    bool step = false;
    std::string stats;
};

struct Request {
    Instant sent{};
    bool second_try = false;
};

struct Connection {
    int socket = -1;
    std::size_t worker = 0;
    bool busy = false;
    Request request;
    std::string in;
};

struct Totals {
    std::uint64_t offered = 0, served = 0, refused = 0, lost = 0;
};

class Load {
public:
    explicit Load(Options options)
        : options_(std::move(options)), started_(Clock::now()), ready_(options_.ports, false) {}

    Totals run() {
        double due = 0.0;  // requests that should have left by now, exactly
        Instant before = started_;
        Instant look = started_;
        while (stopping == 0 && elapsed() < options_.seconds) {
            const Instant now = Clock::now();
            if (now >= look) {
                find_workers();
                write_stats();
                look = now + milliseconds{200};
            }
            due += rate() * std::chrono::duration<double>(now - before).count();
            before = now;
            for (; due >= 1.0; due -= 1.0) {
                ++totals_.offered;
                send({.sent = now});
            }
            wait();
            expire();
        }
        return totals_;
    }

    /// Requests a second that should leave now.
    [[nodiscard]] double rate() const {
        const double at = elapsed() / options_.seconds;
        const double above = options_.peak - options_.base;
        if (options_.step) {
            return options_.base + (at >= 0.2 && at < 0.6 ? above : 0.0);
        }
        const double wave = at < 0.75 ? std::sin(std::numbers::pi * at / 0.75) : 0.0;
        return options_.base + above * wave * wave;
    }

private:
    [[nodiscard]] double elapsed() const {
        return std::chrono::duration<double>(Clock::now() - started_).count();
    }

    void find_workers() {
        for (std::size_t i = 0; i < options_.ports; ++i) {
            const auto port = static_cast<std::uint16_t>(options_.first_port + i);
            ready_[i] = demo::get(port, "/ready", milliseconds{100}).has_value();
        }
    }

    /// The next ready worker in turn; `ports` if there is none.
    std::size_t next_worker() {
        for (std::size_t tried = 0; tried < options_.ports; ++tried) {
            turn_ = (turn_ + 1) % options_.ports;
            if (ready_[turn_]) {
                return turn_;
            }
        }
        return options_.ports;
    }

    Connection* idle_connection(std::size_t worker) {
        for (Connection& connection : connections_) {
            if (connection.worker == worker && !connection.busy && connection.socket >= 0) {
                return &connection;
            }
        }
        const int socket =
            demo::connect_loopback(static_cast<std::uint16_t>(options_.first_port + worker));
        if (socket < 0) {
            return nullptr;
        }
        Connection fresh;
        fresh.socket = socket;
        fresh.worker = worker;
        connections_.push_back(fresh);
        return &connections_.back();
    }

    void send(const Request& request) {
        const std::size_t worker = next_worker();
        Connection* connection = worker == options_.ports ? nullptr : idle_connection(worker);
        if (connection == nullptr) {
            again_or_lost(request);
            return;
        }
        constexpr std::string_view text = "GET / HTTP/1.1\r\nHost: demo\r\n\r\n";
        connection->busy = true;
        connection->request = request;
        connection->in.clear();
        const ssize_t sent = ::send(connection->socket, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(text.size())) {
            drop(*connection);
        }
    }

    void again_or_lost(Request request) {
        if (request.second_try) {
            ++totals_.lost;
            return;
        }
        request.second_try = true;
        send(request);
    }

    /// Closes a connection; the request on it gets its second try.
    void drop(Connection& connection) {
        ::close(connection.socket);
        connection.socket = -1;
        if (connection.busy) {
            connection.busy = false;
            again_or_lost(connection.request);
        }
    }

    void wait() {
        std::vector<pollfd> polled;
        polled.reserve(connections_.size());
        for (const Connection& connection : connections_) {
            polled.push_back({connection.socket, POLLIN, 0});
        }
        ::poll(polled.data(), polled.size(), 2);
        for (std::size_t i = 0; i < polled.size(); ++i) {
            if (polled[i].revents != 0) {
                receive(connections_[i]);
            }
        }
        std::erase_if(connections_, [](const Connection& c) { return c.socket < 0; });
    }

    void receive(Connection& connection) {
        char buffer[2048];
        const ssize_t got = ::recv(connection.socket, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got <= 0) {
            drop(connection);
            return;
        }
        connection.in.append(buffer, static_cast<std::size_t>(got));
        if (!connection.busy ||
            connection.in.find('\n', connection.in.find("\r\n\r\n") + 4) == std::string::npos) {
            return;
        }
        connection.busy = false;
        const bool ok = connection.in.starts_with("HTTP/1.1 200");
        ++(ok ? totals_.served : totals_.refused);
        latencies_.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - connection.request.sent)
                .count());
        if (latencies_.size() > 500) {
            latencies_.pop_front();
        }
    }

    /// Nobody waits longer than two seconds: such a request is lost and its connection closed.
    void expire() {
        const Instant oldest = Clock::now() - milliseconds{2000};
        for (Connection& connection : connections_) {
            if (connection.busy && connection.request.sent < oldest) {
                connection.request.second_try = true;
                drop(connection);
            }
        }
        std::erase_if(connections_, [](const Connection& c) { return c.socket < 0; });
    }

    [[nodiscard]] double p95() const {
        std::vector<double> sorted(latencies_.begin(), latencies_.end());
        std::sort(sorted.begin(), sorted.end());
        return sorted.empty() ? 0.0 : sorted[(sorted.size() - 1) * 95 / 100];
    }

    void write_stats() const {
        if (options_.stats.empty()) {
            return;
        }
        const std::string fresh = options_.stats + ".new";
        if (std::FILE* file = std::fopen(fresh.c_str(), "w"); file != nullptr) {
            std::fprintf(file,
                         "%.1f %.1f %llu %llu %llu %.0f\n",
                         elapsed(),
                         rate(),
                         static_cast<unsigned long long>(totals_.served),
                         static_cast<unsigned long long>(totals_.refused),
                         static_cast<unsigned long long>(totals_.lost),
                         p95());
            std::fclose(file);
            std::rename(fresh.c_str(), options_.stats.c_str());
        }
    }

    Options options_;
    Instant started_;
    std::vector<bool> ready_;
    std::deque<Connection> connections_;
    std::deque<double> latencies_;
    std::size_t turn_ = 0;
    Totals totals_;
};

/// Reads "--name value" pairs; false for anything it does not know.
bool read_options(int argc, char** argv, Options& options) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string value = argv[i + 1];
        const double number = std::strtod(value.c_str(), nullptr);
        if (name == "--first-port") {
            options.first_port = static_cast<std::uint16_t>(number);
        } else if (name == "--ports") {
            options.ports = static_cast<std::size_t>(number);
        } else if (name == "--base") {
            options.base = number;
        } else if (name == "--peak") {
            options.peak = number;
        } else if (name == "--seconds") {
            options.seconds = number;
        } else if (name == "--shape") {
            options.step = value == "step";
        } else if (name == "--stats") {
            options.stats = value;
        } else {
            return false;
        }
    }
    return argc % 2 == 1 && options.first_port != 0 && options.ports > 0 && options.seconds > 0.0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!read_options(argc, argv, options)) {
        std::fputs(
            "usage: load --first-port N --ports N --base RPS --peak RPS --seconds N"
            " [--shape tide|step] [--stats FILE]\n",
            stderr);
        return 2;
    }
    struct sigaction stop {};
    stop.sa_handler = [](int) { stopping = 1; };
    ::sigaction(SIGTERM, &stop, nullptr);
    ::sigaction(SIGINT, &stop, nullptr);
    const Totals totals = Load{options}.run();
    std::printf("offered %llu served %llu refused %llu lost %llu\n",
                static_cast<unsigned long long>(totals.offered),
                static_cast<unsigned long long>(totals.served),
                static_cast<unsigned long long>(totals.refused),
                static_cast<unsigned long long>(totals.lost));
    return 0;
}
