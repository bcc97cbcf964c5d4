// GET /api/v1/policies of many policies: in chunks, between which policies come and go.
#include <algorithm>
#include <string>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/server/routes.h"
#include "tests/support/fake_control.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::daemon;

namespace {

/// Policies web<first> to web<last>, and the reply that tells them.
struct Page {
    testing::FakeControl control;
    boost::asio::io_context io;
    HttpReply reply;

    Page(int first, int last) {
        for (int i = first; i <= last; ++i) {
            control.fleet.views.push_back(testing::policy_view("web" + std::to_string(i)));
        }
        reply = testing::run(io,
                             route(control,
                                   {.method = "GET",
                                    .target = "/api/v1/policies",
                                    .accept = {},
                                    .content_type = {},
                                    .body = {},
                                    .peer = {}}));
    }

    std::string rest() {
        std::string body;
        for (std::string chunk = reply.chunks(); !chunk.empty(); chunk = reply.chunks()) {
            ++chunks;
            largest = std::max(largest, chunk.size());
            body += chunk;
        }
        return body;
    }

    std::size_t chunks = 0;
    std::size_t largest = 0;
};

}  // namespace

TEST_CASE("10,000 policies come in small chunks") {
    Page page{10'000, 19'999};
    static_cast<void>(page.rest());
    CHECK(page.chunks == 100);
    CHECK(page.largest < 64 * 1024);
}

TEST_CASE("policies that come between two chunks put no other one on the page twice") {
    Page page{1000, 1249};
    std::string body = page.reply.chunks();
    auto& views = page.control.fleet.views;
    views.insert(views.begin(), 3, testing::policy_view("aaa"));
    body += page.rest();
    for (int i = 1000; i < 1250; ++i) {
        const std::string name = "\"name\":\"web" + std::to_string(i) + '"';
        INFO(name);
        const std::size_t first = body.find(name);
        REQUIRE(first != std::string::npos);
        CHECK(body.find(name, first + 1) == std::string::npos);
    }
}
