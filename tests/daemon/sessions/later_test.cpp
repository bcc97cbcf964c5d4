#include "daemon/sessions/later.h"

#include <cstdlib>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::daemon;

namespace {

config::HttpOptions with_token() {
    config::HttpOptions options{.url = "http://127.0.0.1:9"};
    options.auth.bearer = config::SecretRef{config::SecretRef::Kind::env, "TIDED_TEST_LATER"};
    return options;
}

}  // namespace

TEST_CASE("a session without its secret says which, and opens once the secret is there") {
    ::unsetenv("TIDED_TEST_LATER");
    boost::asio::io_context io;
    Network network{io.get_executor()};
    CHECK_FALSE(network.open(with_token()).has_value());
    const auto session = open_now_or_later([&] { return network.open(with_token()); });
    const auto get = [&] {
        return testing::run(
            io,
            session->get({.url = "/"},
                         {std::chrono::steady_clock::now() + std::chrono::seconds{5}}));
    };
    const auto page = session->repeat({.url = "/"});
    const auto again = [&] {
        return testing::run(
            io, page->get({std::chrono::steady_clock::now() + std::chrono::seconds{5}}));
    };
    CHECK(again().error().message.find("env:TIDED_TEST_LATER") != std::string::npos);
    const auto before = get();
    REQUIRE_FALSE(before.has_value());
    CHECK(before.error().message.find("env:TIDED_TEST_LATER") != std::string::npos);
    CHECK(before.error().effect == Effect::none);
    ::setenv("TIDED_TEST_LATER", "secret", 1);
    const auto after = get();
    REQUIRE_FALSE(after.has_value());  // nobody listens on port 9, but it was asked
    CHECK(after.error().code == ErrorCode::unavailable);
    for (int i = 0; i < 2; ++i) {
        CHECK(again().error().message == "connecting to 127.0.0.1:9: connection refused");
    }
    ::unsetenv("TIDED_TEST_LATER");
}
