// Transport: the only way this floor reaches the world. It can get, stream and read a file; it
// cannot change anything anywhere. daemon/ implements it (one instance per source or provider
// session, which carries address, authentication, TLS, proxy and limits); tests/support fakes it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// A read. `body` is non-empty only for APIs that take long queries by POST and are reads all the
/// same (Prometheus' /api/v1/query); it is sent as application/x-www-form-urlencoded.
struct Get {
    std::string url;  ///< absolute, or a path ("/api/v1/query?...") below the session's base URL
    std::string accept;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// Of a session with several servers: this one and no other. Without it, whichever answers.
    std::optional<std::size_t> server{};
};

/// An answer that came back whole, whatever its status. The body is decoded (gzip) already.
struct Page {
    int status = 0;
    std::string content_type;
    std::string body;
    bool is_open_ended = false;  ///< nothing but the end of the connection told the body's end
    std::size_t server = 0;      ///< which server of the session answered, from 0
};

/// How the message of an `unavailable` error ends when the peer itself refused the connection, at
/// each of its addresses: it lives and says that nobody listens there. Whatever stands in between
/// (a proxy) never makes such a message.
inline constexpr std::string_view refused_clause = "connection refused";

/// Whether a call failed because nobody listens there.
[[nodiscard]] inline bool is_refusal(const Error& error) {
    return error.code == ErrorCode::unavailable && error.message.ends_with(refused_clause);
}

/// Whether a call failed because nothing came back: the peer, the name server or the network in
/// between is silent. Who refuses, answers.
[[nodiscard]] inline bool is_silence(const Error& error) {
    return error.code == ErrorCode::timed_out ||
           (error.code == ErrorCode::unavailable && !is_refusal(error));
}

/// Who takes an endless answer line by line. Lives at least until stream() has ended.
struct LineStream {
    Duration patience{};  ///< until the peer must have answered; zero: until the deadline
    std::function<void()> on_open{};                  ///< the peer has answered 200
    std::function<void(std::string_view)> on_line{};  ///< without its end; the view is short-lived
    std::function<void()> cut{};  ///< set by the transport while it is open: ends it, by timed_out
};

/// A read that is sent again and again, one sending at a time. REQUIRES: its transport outlives it.
class RepeatedGet {
public:
    RepeatedGet() = default;
    RepeatedGet(const RepeatedGet&) = delete;
    RepeatedGet& operator=(const RepeatedGet&) = delete;
    virtual ~RepeatedGet() = default;

    /// As Transport::get().
    [[nodiscard]] virtual boost::asio::awaitable<Result<Page>> get(Deadline deadline) = 0;
};

class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Errors: unavailable (refused, reset, DNS), timed_out, invalid_input (bad URL, body over the
    /// limit), unauthenticated/forbidden are NOT made here: a 401 is a Page with status 401.
    [[nodiscard]] virtual boost::asio::awaitable<Result<Page>> get(Get request,
                                                                   Deadline deadline) = 0;

    /// What can be prepared of the request is prepared once, and what is kept for it (connections)
    /// goes with it.
    [[nodiscard]] virtual std::unique_ptr<RepeatedGet> repeat(Get request);

    /// Reads an answer of status 200 as it comes until the peer ends it; gives back the status.
    /// Errors: as get(); timed_out at the deadline, though lines may have come; invalid_input for a
    /// line that is too long.
    [[nodiscard]] virtual boost::asio::awaitable<Result<int>> stream(Get /*request*/,
                                                                     LineStream& /*lines*/,
                                                                     Deadline /*deadline*/) {
        co_return fail(ErrorCode::unsupported, "this peer is not streamed from");
    }

    /// A body that nobody reads any more: its memory may serve a later answer.
    virtual void give_back(std::string body) { body.clear(); }

    /// The content of a local file (service discovery, cgroup, PSI); refused over `limit` bytes.
    [[nodiscard]] virtual Result<std::string> read_file(const std::string& path,
                                                        std::size_t limit) = 0;
};

}  // namespace tided::metrics
