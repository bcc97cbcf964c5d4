// Resolver: host names -> addresses through c-ares on our own executor; getaddrinfo would block.
// /etc/hosts and the search domains of /etc/resolv.conf count; a changed resolv.conf is noticed.
// IP literals and "localhost" ask nobody. Answers are kept for their TTL (1 s .. 60 s; 10 s when
// they carry none), questions for the same name are asked once. Addresses come in the order of
// RFC 6724.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include "metrics/discovery/host.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

using Addresses = std::vector<boost::asio::ip::address>;

struct ResolverOptions {
    std::string servers;  ///< "127.0.0.1:5353,…" instead of resolv.conf's; "" = resolv.conf's
    Duration timeout = std::chrono::seconds{2};  ///< of one question to one server
    int tries = 2;
};

class Resolver {
public:
    explicit Resolver(boost::asio::any_io_executor io, ResolverOptions options = {});
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// At least one address. Errors: not_found (no such name), unavailable (no name server
    /// answered), timed_out, cancelled; all begin with "resolving NAME: ".
    [[nodiscard]] boost::asio::awaitable<Result<Addresses>> resolve(std::string host,
                                                                    Deadline deadline);

    /// All records of this type that the fully qualified `name` has. That the name server knows no
    /// such name or no such record is an answer: none. Nothing is kept for the next time.
    /// Errors: unavailable, timed_out, corrupt, cancelled; all begin with "resolving NAME: ".
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<metrics::DnsRecord>>> look_up(
        std::string name, metrics::DnsSdSpec::Type type, Deadline deadline);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tided::daemon
