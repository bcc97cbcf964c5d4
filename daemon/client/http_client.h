// HttpClient: sends one request and reads one answer, over connections it keeps open per peer.
// One deadline covers resolving, connecting, proxy, TLS, writing and reading. A kept connection
// that turns out dead is replaced once, only when no byte of an answer came and the request is a
// GET or HEAD, or nothing of it had left.
// It follows no redirect and knows no secret: http_transport does.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "daemon/client/dialer.h"
#include "daemon/client/http_request.h"
#include "daemon/client/http_response.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

/// Who takes the body of an answer as it comes.
struct BodyStream {
    std::function<void(int status, std::string_view piece)> on_body;  ///< as in AnswerShape
    std::function<void()>& cut;  ///< ends the reading; empty while nothing is read
    Deadline opened;             ///< by when the head of the answer must be there
};

/// RepeatedCall: a request that is sent again and again. It is written once; the connections kept
/// to its peer are at hand, and are closed when the last repeated call to that peer goes.
class RepeatedCall {
public:
    explicit RepeatedCall(HttpCall call);
    ~RepeatedCall();
    RepeatedCall(const RepeatedCall&) = delete;
    RepeatedCall& operator=(const RepeatedCall&) = delete;

    [[nodiscard]] const HttpCall& call() const;

    /// The Authorization header's value from now on.
    void authorize(std::string authorization);

private:
    friend class HttpClient;
    struct State;
    std::unique_ptr<State> state_;
};

class HttpClient {
public:
    HttpClient(std::shared_ptr<NetworkParts> parts, ClientOptions options);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// The answer, whatever its status. Error::effect: none when nothing of the request had left.
    /// REQUIRES: the call outlives the await.
    [[nodiscard]] boost::asio::awaitable<Result<HttpAnswer>> perform(const HttpCall& call,
                                                                     Deadline deadline);
    [[nodiscard]] boost::asio::awaitable<Result<HttpAnswer>> perform(RepeatedCall& call,
                                                                     Deadline deadline);

    /// Gives the body of the answer away as it comes, on a connection of its own; gives back the
    /// status. Errors: as perform(); timed_out, too, when it is cut.
    [[nodiscard]] boost::asio::awaitable<Result<int>> stream(HttpCall call,
                                                             BodyStream body,
                                                             Deadline deadline);

    /// A body that was read: its memory serves a later answer.
    void give_back(std::string body);

    /// Connects and hangs up: whether anything accepts there.
    [[nodiscard]] boost::asio::awaitable<Status> knock(Origin origin, Deadline deadline);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tided::daemon
