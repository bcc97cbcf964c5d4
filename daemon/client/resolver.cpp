#include "daemon/client/resolver.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/bell.h"
#include "daemon/client/dns_records.h"

namespace tided::daemon {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto ttl_unknown = std::chrono::seconds{10};
constexpr auto ttl_least = std::chrono::seconds{1};
constexpr auto ttl_most = std::chrono::seconds{60};
constexpr auto look_interval = std::chrono::seconds{5};

/// A socket of c-ares under watch. c-ares owns and closes it.
struct Watched {
    Watched(const asio::any_io_executor& io, int fd) : stream(io, fd) {}
    ~Watched() { stream.release(); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    asio::posix::stream_descriptor stream;
    bool reads = false;
    bool writes = false;
};

/// One name being asked for, by one or several coroutines.
struct Question {
    explicit Question(const asio::any_io_executor& io) : answered(io) {}

    Bell answered;
    std::optional<Result<Addresses>> answer;
    Clock::time_point expires{};
};

std::optional<Addresses> without_asking(const std::string& host) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (!error) {
        return Addresses{address};
    }
    if (host == "localhost" || host.ends_with(".localhost")) {
        return Addresses{asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
    }
    return std::nullopt;
}

std::optional<asio::ip::address> address_of(const ares_addrinfo_node& node) {
    if (node.ai_family == AF_INET) {
        const auto* in = reinterpret_cast<const sockaddr_in*>(node.ai_addr);
        return asio::ip::address_v4(ntohl(in->sin_addr.s_addr));
    }
    if (node.ai_family == AF_INET6) {
        const auto* in = reinterpret_cast<const sockaddr_in6*>(node.ai_addr);
        asio::ip::address_v6::bytes_type bytes;
        std::copy(
            std::begin(in->sin6_addr.s6_addr), std::end(in->sin6_addr.s6_addr), bytes.begin());
        return asio::ip::address_v6(bytes, in->sin6_scope_id);
    }
    return std::nullopt;
}

std::pair<Addresses, Clock::duration> read(const ares_addrinfo& info) {
    Addresses addresses;
    int ttl = 0;
    for (const auto* node = info.nodes; node != nullptr; node = node->ai_next) {
        const auto address = address_of(*node);
        if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
            addresses.push_back(*address);
            ttl = ttl == 0 ? node->ai_ttl : std::min(ttl, node->ai_ttl);
        }
    }
    const auto kept =
        ttl > 0 ? std::clamp<Clock::duration>(std::chrono::seconds{ttl}, ttl_least, ttl_most)
                : Clock::duration{ttl_unknown};
    return {std::move(addresses), kept};
}

std::int64_t resolv_conf_stamp() {
    struct stat status {};
    if (::stat("/etc/resolv.conf", &status) != 0) {
        return 0;
    }
    return static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
           status.st_mtim.tv_nsec + static_cast<std::int64_t>(status.st_ino);
}

}  // namespace

struct Resolver::Impl {
    Impl(asio::any_io_executor executor, ResolverOptions given)
        : io(std::move(executor)), options(std::move(given)), timer(io) {}
    ~Impl() { close(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Status ready(const std::string& name);
    bool open();
    void close();
    void reopen_when_changed();
    std::shared_ptr<Question> ask(const std::string& host);
    void on_socket(int fd, bool reads, bool writes);
    void watch(int fd, const std::shared_ptr<Watched>& watched);
    void process(int readable, int writable);
    void set_timer();

    asio::any_io_executor io;
    ResolverOptions options;
    asio::steady_timer timer;
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
    ares_channel channel = nullptr;
    std::int64_t conf_stamp = 0;
    Clock::time_point looked{};
    std::map<int, std::shared_ptr<Watched>> sockets;
    std::map<std::string, std::shared_ptr<Question>> questions;
};

namespace {

/// Handed through c-ares: whom an answer is for.
struct Ticket {
    std::weak_ptr<Question> question;
    std::string host;
};

void on_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* info) {
    const std::unique_ptr<Ticket> ticket(static_cast<Ticket*>(argument));
    if (const auto question = ticket->question.lock()) {
        Clock::duration kept{};
        if (status == ARES_SUCCESS && info != nullptr) {
            auto [addresses, ttl] = read(*info);
            kept = ttl;
            question->answer = std::move(addresses);
            status = question->answer->value().empty() ? ARES_ENODATA : status;
        }
        if (status != ARES_SUCCESS) {
            question->answer = fail(explain_silence(ticket->host, status));
            kept = {};
        }
        question->expires = Clock::now() + kept;
        question->answered.ring();
    }
    if (info != nullptr) {
        ares_freeaddrinfo(info);
    }
}

}  // namespace

bool Resolver::Impl::open() {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    ares_options wanted{};
    wanted.timeout = static_cast<int>(options.timeout.count());
    wanted.tries = options.tries;
    wanted.sock_state_cb_data = this;
    wanted.sock_state_cb = [](void* self, ares_socket_t fd, int reads, int writes) {
        static_cast<Impl*>(self)->on_socket(fd, reads != 0, writes != 0);
    };
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (library != ARES_SUCCESS || ares_init_options(&channel, &wanted, mask) != ARES_SUCCESS) {
        channel = nullptr;
        return false;
    }
    conf_stamp = resolv_conf_stamp();
    if (!options.servers.empty()) {
        return ares_set_servers_ports_csv(channel, options.servers.c_str()) == ARES_SUCCESS;
    }
    return true;
}

void Resolver::Impl::close() {
    if (channel != nullptr) {
        ares_destroy(std::exchange(channel, nullptr));
    }
    sockets.clear();
    boost::system::error_code ignored;
    timer.cancel(ignored);
}

/// A new resolv.conf (VPN up, DHCP) counts from the next question on, unless one is open.
void Resolver::Impl::reopen_when_changed() {
    const auto now = Clock::now();
    if (channel == nullptr || now - looked < look_interval) {
        return;
    }
    looked = now;
    if (sockets.empty() && resolv_conf_stamp() != conf_stamp) {
        close();
    }
}

Status Resolver::Impl::ready(const std::string& name) {
    reopen_when_changed();
    if (channel == nullptr && !open()) {
        return fail(ErrorCode::internal, "resolving " + name + ": c-ares did not start");
    }
    return {};
}

std::shared_ptr<Question> Resolver::Impl::ask(const std::string& host) {
    const auto now = Clock::now();
    auto& known = questions[host];
    if (known && (!known->answer || (known->answer->has_value() && known->expires > now))) {
        return known;
    }
    std::erase_if(questions, [&](const auto& entry) {
        return entry.first != host && entry.second->answer && entry.second->expires <= now;
    });
    const auto question = questions[host] = std::make_shared<Question>(io);
    if (Status status = ready(host); !status) {
        question->answer = fail(std::move(status).error());
        return question;
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    auto ticket = std::make_unique<Ticket>(Ticket{.question = question, .host = host});
    ares_getaddrinfo(channel, host.c_str(), nullptr, &hints, on_answer, ticket.release());
    set_timer();
    return question;
}

void Resolver::Impl::on_socket(int fd, bool reads, bool writes) {
    if (!reads && !writes) {
        sockets.erase(fd);
        return;
    }
    auto& watched = sockets[fd];
    if (!watched) {
        watched = std::make_shared<Watched>(io, fd);
    }
    watched->reads = reads;
    watched->writes = writes;
    watch(fd, watched);
}

void Resolver::Impl::watch(int fd, const std::shared_ptr<Watched>& watched) {
    const auto wait = [this, fd, &watched](auto direction, bool is_read) {
        watched->stream.async_wait(
            direction, [this, fd, is_read, weak = std::weak_ptr(watched)](auto error) {
                const auto same = weak.lock();
                if (error || !same) {
                    return;
                }
                process(is_read ? fd : ARES_SOCKET_BAD, is_read ? ARES_SOCKET_BAD : fd);
                const auto found = sockets.find(fd);
                if (found != sockets.end() && found->second == same) {
                    watch(fd, same);
                }
            });
    };
    boost::system::error_code ignored;
    watched->stream.cancel(ignored);
    if (watched->reads) {
        wait(asio::posix::stream_descriptor::wait_read, true);
    }
    if (watched->writes) {
        wait(asio::posix::stream_descriptor::wait_write, false);
    }
}

void Resolver::Impl::process(int readable, int writable) {
    if (channel != nullptr) {
        ares_process_fd(channel, readable, writable);
        set_timer();
    }
}

void Resolver::Impl::set_timer() {
    timeval buffer{};
    const timeval* const next = ares_timeout(channel, nullptr, &buffer);
    if (next == nullptr) {
        timer.cancel();
        return;
    }
    timer.expires_after(std::chrono::seconds{next->tv_sec} +
                        std::chrono::microseconds{next->tv_usec});
    timer.async_wait([this, living = std::weak_ptr(alive)](auto error) {
        if (!error && !living.expired()) {
            process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        }
    });
}

Resolver::Resolver(asio::any_io_executor io, ResolverOptions options)
    : impl_(std::make_unique<Impl>(std::move(io), std::move(options))) {}

Resolver::~Resolver() = default;

asio::awaitable<Result<Addresses>> Resolver::resolve(std::string host, Deadline deadline) {
    if (auto known = without_asking(host)) {
        co_return *std::move(known);
    }
    const auto question = impl_->ask(host);
    while (!question->answer) {
        const Woken woken = co_await question->answered.wait(deadline.at);
        if (!question->answer && woken == Woken::late) {
            co_return fail(ErrorCode::timed_out, "resolving " + host + ": timed out");
        }
        if (!question->answer && woken == Woken::cancelled) {
            co_return fail(ErrorCode::cancelled, "resolving " + host + ": cancelled");
        }
    }
    co_return *question->answer;
}

asio::awaitable<Result<DnsRecords>> Resolver::look_up(std::string name,
                                                      metrics::DnsSdSpec::Type type,
                                                      Deadline deadline) {
    if (Status status = impl_->ready(name); !status) {
        co_return fail(std::move(status).error());
    }
    const auto question = std::make_shared<RecordQuestion>(impl_->io, name, type);
    ask_for_records(impl_->channel, question);
    impl_->set_timer();
    while (!question->answer) {
        const Woken woken = co_await question->answered.wait(deadline.at);
        if (!question->answer && woken == Woken::late) {
            co_return fail(ErrorCode::timed_out, "resolving " + name + ": timed out");
        }
        if (!question->answer && woken == Woken::cancelled) {
            co_return fail(ErrorCode::cancelled, "resolving " + name + ": cancelled");
        }
    }
    co_return *std::move(question->answer);
}

}  // namespace tided::daemon
