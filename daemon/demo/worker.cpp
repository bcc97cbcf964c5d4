// worker: a small HTTP server to be scaled. Each request occupies one of its slots for a fixed
// time, so a worker serves slots / service_ms * 1000 requests a second and no more; what waits
// longer than the queue allows is refused with 503, as a loaded service would.
//
//   worker --port N [--slots 1] [--service-ms 20] [--queue 20] [--start-ms 300]
//
//   GET /         work          GET /ready   200 once it has started, 503 before
//   GET /metrics  demo_requests_total{code}, demo_requests_in_flight, demo_busy_seconds_total
//
// One thread, poll(2), no CPU burnt: service time is waiting. SIGTERM: no new connections, what is
// in the queue is answered, then it ends.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;
using std::chrono::milliseconds;

volatile std::sig_atomic_t stopping = 0;

struct Options {
    std::uint16_t port = 0;
    std::size_t slots = 1;
    milliseconds service{20};
    std::size_t queue = 20;
    milliseconds start{300};
};

struct Connection {
    std::string in;
    std::string out;
    bool working = false;  // its request waits or is served
    bool gone = false;
};

struct Job {
    int socket = -1;
    Instant done{};
};

std::string reply(int status, std::string_view body) {
    const char* word = status == 200 ? "OK" : status == 404 ? "Not Found" : "Service Unavailable";
    return "HTTP/1.1 " + std::to_string(status) + " " + word +
           "\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

class Worker {
public:
    Worker(const Options& options, int listener)
        : options_(options), listener_(listener), ready_at_(Clock::now() + options.start) {}

    void run() {
        while (stopping == 0 || !queue_.empty() || !serving_.empty()) {
            wait();
            finish_served();
            start_waiting();
            drop_gone();
        }
    }

private:
    /// Sleeps until a socket can do something or the next job is done.
    void wait() {
        std::vector<pollfd> polled;
        if (stopping == 0) {
            polled.push_back({listener_, POLLIN, 0});
        }
        for (const auto& [socket, connection] : connections_) {
            const bool writes = !connection.out.empty();
            polled.push_back({socket, static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0});
        }
        ::poll(polled.data(), polled.size(), patience());
        for (const pollfd& ready : polled) {
            if (ready.revents == 0) {
                continue;
            }
            if (ready.fd == listener_) {
                accept_all();
            } else {
                talk(ready.fd, connections_[ready.fd]);
            }
        }
    }

    [[nodiscard]] int patience() const {
        Instant next = Clock::now() + milliseconds{200};
        for (const Job& job : serving_) {
            next = std::min(next, job.done);
        }
        const auto left = std::chrono::ceil<milliseconds>(next - Clock::now());
        return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }

    void accept_all() {
        for (int socket = 0; socket >= 0;) {
            socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket >= 0) {
                connections_[socket] = {};
            }
        }
    }

    void talk(int socket, Connection& connection) {
        char buffer[4096];
        const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            connection.gone = true;
            return;
        }
        if (got > 0) {
            connection.in.append(buffer, static_cast<std::size_t>(got));
        }
        take_request(socket, connection);
        flush(socket, connection);
    }

    void take_request(int socket, Connection& connection) {
        const std::size_t end = connection.in.find("\r\n\r\n");
        if (connection.working || end == std::string::npos) {
            return;
        }
        const std::size_t from = connection.in.find(' ') + 1;
        const std::string path = connection.in.substr(from, connection.in.find(' ', from) - from);
        connection.in.erase(0, end + 4);
        if (path == "/metrics") {
            connection.out += reply(200, metrics());
        } else if (path == "/ready") {
            const bool up = Clock::now() >= ready_at_ && stopping == 0;
            connection.out += reply(up ? 200 : 503, up ? "ready\n" : "starting\n");
        } else if (path != "/") {
            connection.out += reply(404, "no such page\n");
        } else if (queue_.size() >= options_.queue) {
            ++refused_;
            connection.out += reply(503, "queue full\n");
        } else {
            connection.working = true;
            queue_.push_back(socket);
        }
    }

    static void flush(int socket, Connection& connection) {
        if (connection.out.empty()) {
            return;
        }
        const ssize_t sent =
            ::send(socket, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            connection.out.erase(0, static_cast<std::size_t>(sent));
        } else if (sent < 0 && errno != EAGAIN) {
            connection.gone = true;
        }
    }

    void start_waiting() {
        while (!queue_.empty() && serving_.size() < options_.slots) {
            serving_.push_back({queue_.front(), Clock::now() + options_.service});
            queue_.pop_front();
        }
    }

    void finish_served() {
        const Instant now = Clock::now();
        for (const Job& job : serving_) {
            if (job.done <= now) {
                Connection& connection = connections_[job.socket];
                ++served_;
                connection.working = false;
                connection.out += reply(200, "done\n");
                flush(job.socket, connection);
            }
        }
        std::erase_if(serving_, [&](const Job& job) { return job.done <= now; });
    }

    /// A connection whose request is under way stays until it is answered.
    void drop_gone() {
        for (auto at = connections_.begin(); at != connections_.end();) {
            const bool drop = at->second.gone && !at->second.working;
            if (drop) {
                ::close(at->first);
            }
            at = drop ? connections_.erase(at) : std::next(at);
        }
    }

    [[nodiscard]] std::string metrics() const {
        const double busy =
            static_cast<double>(served_) * std::chrono::duration<double>(options_.service).count();
        return "# HELP demo_requests_total Requests answered, by status code.\n"
               "# TYPE demo_requests_total counter\n"
               "demo_requests_total{code=\"200\"} " +
               std::to_string(served_) + "\ndemo_requests_total{code=\"503\"} " +
               std::to_string(refused_) +
               "\n# HELP demo_requests_in_flight Requests waiting or being served.\n"
               "# TYPE demo_requests_in_flight gauge\n"
               "demo_requests_in_flight " +
               std::to_string(queue_.size() + serving_.size()) +
               "\n# HELP demo_busy_seconds_total Time its slots were occupied.\n"
               "# TYPE demo_busy_seconds_total counter\n"
               "demo_busy_seconds_total " +
               std::to_string(busy) + "\n";
    }

    Options options_;
    int listener_;
    Instant ready_at_;
    std::map<int, Connection> connections_;
    std::deque<int> queue_;
    std::vector<Job> serving_;
    std::uint64_t served_ = 0;
    std::uint64_t refused_ = 0;
};

int listen_on(std::uint16_t port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof generic);
    if (::bind(listener, &generic, sizeof generic) != 0 || ::listen(listener, 128) != 0) {
        return -1;
    }
    return listener;
}

/// Reads "--name value" pairs; false for anything it does not know.
bool read_options(int argc, char** argv, Options& options) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const long value = std::strtol(argv[i + 1], nullptr, 10);
        if (name == "--port") {
            options.port = static_cast<std::uint16_t>(value);
        } else if (name == "--slots") {
            options.slots = static_cast<std::size_t>(value);
        } else if (name == "--service-ms") {
            options.service = milliseconds{value};
        } else if (name == "--queue") {
            options.queue = static_cast<std::size_t>(value);
        } else if (name == "--start-ms") {
            options.start = milliseconds{value};
        } else {
            return false;
        }
    }
    return argc % 2 == 1 && options.port != 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!read_options(argc, argv, options)) {
        std::fputs(
            "usage: worker --port N [--slots N] [--service-ms N] [--queue N] [--start-ms N]\n",
            stderr);
        return 2;
    }
    const int listener = listen_on(options.port);
    if (listener < 0) {
        std::fprintf(stderr, "worker: port %u: %s\n", options.port, std::strerror(errno));
        return 1;
    }
    struct sigaction stop {};
    stop.sa_handler = [](int) { stopping = 1; };
    ::sigaction(SIGTERM, &stop, nullptr);
    ::sigaction(SIGINT, &stop, nullptr);
    Worker{options, listener}.run();
    return 0;
}
