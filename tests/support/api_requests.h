// Requests to the HTTP interface of a FakeControl, without a socket between.
#pragma once

#include <string>
#include <utility>

#include "daemon/server/routes.h"
#include "tests/support/fake_control.h"
#include "tests/support/run_awaitable.h"

namespace tided::testing {

/// The answer; a streamed body is all there.
inline daemon::HttpReply ask(FakeControl& control, daemon::HttpRequest request) {
    boost::asio::io_context io;
    daemon::HttpReply reply = run(io, daemon::route(control, std::move(request)));
    if (reply.chunks) {
        for (std::string chunk = reply.chunks(); !chunk.empty(); chunk = reply.chunks()) {
            reply.body += chunk;
        }
    }
    return reply;
}

/// By anybody, over TCP.
inline daemon::HttpReply get(FakeControl& control, std::string target, std::string accept = "") {
    return ask(control,
               {.method = "GET",
                .target = std::move(target),
                .accept = std::move(accept),
                .content_type = {},
                .body = {},
                .peer = {}});
}

/// By alice, over the control socket.
inline daemon::HttpReply post(FakeControl& control, std::string target, std::string body = "") {
    return ask(control,
               {.method = "POST",
                .target = std::move(target),
                .accept = {},
                .content_type = "application/json",
                .body = std::move(body),
                .control = true,
                .authorised = true,
                .peer = "uid=1000(alice)"});
}

}  // namespace tided::testing
