// connection: one accepted connection from its first byte to its close: HTTP/1.1 requests
// in turn, each read within limits, checked, handed to the handler and answered.
//
//   before the handler   400 malformed   408 too slow   413 body   431 header   417 expectation
//                        421 foreign Host   401 bearer missing or wrong (TCP, when configured)
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/server/channel.h"
#include "daemon/server/http_server.h"

namespace tided::daemon {

/// What every connection of a server shares; outlives them all.
struct HttpService {
    HttpHandler handler;
    HttpLimits limits;
    std::vector<std::string> hosts;
    /// The bearer credential of this instant, "" when none is configured.
    std::function<std::string()> bearer;
    bool closing = false;
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
public:
    HttpConnection(boost::asio::any_io_executor io,
                   std::unique_ptr<HttpChannel> channel,
                   std::shared_ptr<const HttpService> service);

    /// Serves until the peer ends, a limit is broken or the server closes.
    [[nodiscard]] boost::asio::awaitable<void> serve();

    /// Ends it now, whatever it does.
    void abort();
    /// No request has begun.
    [[nodiscard]] bool is_idle() const { return idle_; }
    [[nodiscard]] bool is_control() const { return channel_->is_control(); }
    [[nodiscard]] std::chrono::steady_clock::time_point idle_since() const { return idle_since_; }

private:
    struct Incoming;

    [[nodiscard]] boost::asio::awaitable<bool> read_request(Incoming& incoming);
    [[nodiscard]] boost::asio::awaitable<bool> answer(Incoming& incoming);
    [[nodiscard]] boost::asio::awaitable<HttpReply> reply_to(Incoming& incoming);
    [[nodiscard]] boost::asio::awaitable<bool> send(HttpReply reply, const Incoming& incoming);
    [[nodiscard]] boost::asio::awaitable<bool> send_chunks(const HttpReply& reply, bool framed);
    [[nodiscard]] boost::asio::awaitable<bool> write(std::string_view bytes);
    [[nodiscard]] bool bearer_is_good(const Incoming& incoming) const;
    /// Interrupts the channel unless it is set again within `limit`.
    void expect_within(Duration limit);

    std::unique_ptr<HttpChannel> channel_;
    std::shared_ptr<const HttpService> service_;
    boost::asio::steady_timer timer_;
    std::string buffer_;
    bool expired_ = false;
    bool idle_ = true;
    std::chrono::steady_clock::time_point idle_since_ = std::chrono::steady_clock::now();
};

}  // namespace tided::daemon
