// Streams of a session against a scripted server: lines as they come, and every way to end one.
#include <chrono>

#include <doctest/doctest.h>

#include "tests/daemon/session_rig.h"
#include "tests/support/scripted_server.h"

namespace tided::daemon {

namespace {

using testing::answer;
using testing::Peer;
using testing::ScriptedServer;
using Rig = testing::SessionRig;

constexpr const char* head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What is told: "open" and the lines. Cut after the line "cut".
struct Heard {
    Heard() {
        lines.on_open = [this] { told += "open;"; };
        lines.on_line = [this](std::string_view line) {
            told.append(line).append(";");
            if (line == "cut") {
                lines.cut();
            }
        };
    }
    metrics::LineStream lines;
    std::string told;
};

}  // namespace

TEST_CASE("stream: lines come as they are whole, until the peer ends it") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write(std::string(head) + "3\r\none\r\n");
        peer.write("6\r\n\ntwo\nt\r\n");
        peer.write("5\r\nhree\n\r\n0\r\n\r\n");
    });
    Rig rig;
    Heard heard;
    CHECK(rig.stream(server.url("/watch"), heard.lines).value() == 200);
    CHECK(heard.told == "open;one;two;three;");
    CHECK_FALSE(heard.lines.cut);
    CHECK(server.requests().at(0) == "GET /watch HTTP/1.1\r\nHost: " + server.address() +
                                         "\r\nUser-Agent: tided/0.1.0\r\n"
                                         "Accept: application/json\r\n\r\n");
}

TEST_CASE("stream: any other status than 200 tells nothing") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write(answer(410, "too old\n"));
    });
    Rig rig;
    Heard heard;
    CHECK(rig.stream(server.url("/watch"), heard.lines).value() == 410);
    CHECK(heard.told.empty());
}

TEST_CASE("stream: it can be cut from a line, and ends at its deadline or by a broken connection") {
    struct Row {
        const char* text;
        bool stays;
        const char* told;
        const char* error;
    };
    for (const Row& row :
         {Row{"8\r\none\ncut\n\r\n",
              true,
              "open;one;cut;",
              "the answer was not complete, timed out"},
          Row{"4\r\none\n\r\n", true, "open;one;", "the answer was not complete, timed out"},
          Row{"4\r\none\n\r\n",
              false,
              "open;one;",
              "the answer ended after 4 bytes, before its last chunk"}}) {
        ScriptedServer server([&row](Peer& peer, std::size_t) {
            peer.read_request();
            peer.write(std::string(head) + row.text);
            if (row.stays) {
                peer.wait_for_close();
            }
        });
        Rig rig;
        Heard heard;
        const auto ended = rig.stream(server.url("/watch"), heard.lines, Duration{200});
        REQUIRE(!ended.has_value());
        CHECK(ended.error().message == server.address() + ": " + row.error);
        CHECK(heard.told == row.told);
    }
}

TEST_CASE("stream: a peer that does not answer is left before the deadline") {
    ScriptedServer server([](Peer& peer, std::size_t) { peer.wait_for_close(); });
    Rig rig;
    Heard heard;
    heard.lines.patience = Duration{50};
    const auto ended = rig.stream(server.url("/watch"), heard.lines, std::chrono::hours{1});
    REQUIRE(!ended.has_value());
    CHECK(ended.error().code == ErrorCode::timed_out);
    CHECK(ended.error().message == server.address() + ": no answer, timed out");
}

TEST_CASE("stream: one that was answered outlasts the patience") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write(std::string(head) + "4\r\none\n\r\n");
        peer.wait_for_close();
    });
    Rig rig;
    Heard heard;
    heard.lines.patience = Duration{20};
    const auto begun = std::chrono::steady_clock::now();
    CHECK_FALSE(rig.stream(server.url("/watch"), heard.lines, Duration{120}).has_value());
    CHECK(std::chrono::steady_clock::now() - begun >= Duration{120});
    CHECK(heard.told == "open;one;");
}

TEST_CASE("stream: a line longer than any should be ends it") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write(std::string(head) + "500001\r\n" + std::string(0x500001, 'x') + "\r\n");
        peer.wait_for_close();
    });
    Rig rig;
    Heard heard;
    const auto ended = rig.stream(server.url("/watch"), heard.lines);
    REQUIRE(!ended.has_value());
    CHECK(ended.error().code == ErrorCode::invalid_input);
    CHECK(ended.error().message == "a line of the answer is longer than 4 MiB");
}

}  // namespace tided::daemon
