// SessionRig: a session, its executor, and one call after the other.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/sessions/session.h"
#include "tests/support/run_awaitable.h"

namespace tided::testing {

inline constexpr Duration plenty = std::chrono::seconds{5};

inline Deadline in(Duration span) {
    return {.at = std::chrono::steady_clock::now() + span};
}

/// A message up to "timed out after": how long depends on when the machine let us begin.
inline std::string without_duration(const Error& error) {
    constexpr std::string_view last = "timed out after ";
    const auto at = error.message.rfind(last);
    return error.message.substr(0, at == std::string::npos ? at : at + last.size());
}

class SessionRig {
public:
    explicit SessionRig(const config::HttpOptions& options = {}) {
        auto opened = network.open(options);
        REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
        session = *std::move(opened);
    }

    Result<metrics::Page> get(std::string url, Duration span = plenty) {
        metrics::Get request;
        request.url = std::move(url);
        return run(io, session->get(std::move(request), in(span)));
    }

    Result<int> stream(std::string url, metrics::LineStream& lines, Duration span = plenty) {
        metrics::Get request;
        request.url = std::move(url);
        request.accept = "application/json";
        return run(io, session->stream(std::move(request), lines, in(span)));
    }

    Result<actuators::Response> send(actuators::Request request, Duration span = plenty) {
        return run(io, session->send(std::move(request), in(span)));
    }

    boost::asio::io_context io;
    daemon::Network network{io.get_executor()};
    std::unique_ptr<daemon::Session> session;
};

}  // namespace tided::testing
