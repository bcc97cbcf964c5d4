// The checks on who asks, and by which name.
#include "daemon/server/checks.h"

#include <doctest/doctest.h>

namespace tided::daemon {
namespace {

TEST_CASE("which hosts are ours") {
    const std::vector<std::string> names{"tided.example"};
    for (const char* host : {"localhost",
                             "LOCALHOST:1",
                             "localhost.",
                             "127.0.0.1:9119",
                             "[::1]:9119",
                             "[fe80::1]",
                             "10.1.2.3",
                             "tided.example",
                             "tided.example.:443"}) {
        INFO(host);
        CHECK(host_is_ours(host, names));
    }
    for (const char* host : {"",
                             "evil.example",
                             "localhost.evil.example",
                             "127.0.0.1.evil.example",
                             "[",
                             "[]",
                             "tided.example.evil",
                             ":80",
                             "::1"}) {
        INFO(host);
        CHECK_FALSE(host_is_ours(host, names));
    }
}

TEST_CASE("tokens are compared whole") {
    CHECK(equal_in_constant_time("secret", "secret"));
    CHECK_FALSE(equal_in_constant_time("secreT", "secret"));
    CHECK_FALSE(equal_in_constant_time("secre", "secret"));
    CHECK_FALSE(equal_in_constant_time("secretsecret", "secret"));
    CHECK_FALSE(equal_in_constant_time("", "secret"));
    CHECK_FALSE(equal_in_constant_time("", ""));
    CHECK(bearer_token("Bearer abc") == "abc");
    CHECK(bearer_token("bearer   abc") == "abc");
    CHECK(bearer_token("Basic abc") == "");
}

TEST_CASE("a peer is named by its user") {
    CHECK(peer_of(0) == "uid=0(root)");
    CHECK(peer_of(4'000'000'000U) == "uid=4000000000");
}

}  // namespace
}  // namespace tided::daemon
