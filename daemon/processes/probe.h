// Prober: asks whether something answers, at many addresses at once.
//   tcp://host:port   accepts a connection        http(s)://host:port/path   answers 2xx to GET
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

class HttpClient;

class Prober {
public:
    explicit Prober(boost::asio::any_io_executor io);
    ~Prober();
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;

    /// One answer per URL, in order; each gives up after `timeout`, all at the deadline.
    [[nodiscard]] boost::asio::awaitable<std::vector<Status>> probe(std::vector<std::string> urls,
                                                                    Duration timeout,
                                                                    Deadline deadline);

private:
    boost::asio::any_io_executor io_;
    std::shared_ptr<HttpClient> client_;
};

}  // namespace tided::daemon
