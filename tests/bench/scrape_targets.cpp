// Metric targets for bench_scrape.py: each at a loopback address of its own, 127.1.x.y, with eight
// pages of 200 samples in turn whose values move. Prints "ready" when all of them listen. A GET of
// /served is answered with how many pages were served, and the most TLS handshakes at once.
//
//     scrape_targets COUNT PORT [CERTIFICATE KEY]
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t variants = 8;
constexpr int samples = 200;
using Pages = std::array<std::string, variants>;

// Histograms, counters, and gauges up to 200 samples: what a web application shows.
std::string page(unsigned variant) {
    std::mt19937 random{1000 + variant};
    const auto up_to = [&](unsigned most) { return std::to_string(random() % most); };
    std::string text =
        "# HELP http_request_duration_seconds Time to answer.\n"
        "# TYPE http_request_duration_seconds histogram\n";
    int count = 0;
    const auto line = [&](std::string key, const std::string& value) {
        text += std::move(key) + ' ' + value + '\n';
        ++count;
    };
    for (const char* const route : {"/", "/login", "/orders", "/orders/{id}", "/cart", "/health"}) {
        const std::string labels =
            "method=\"GET\",route=\"" + std::string{route} + "\",code=\"200\"";
        unsigned sum = 0;
        for (const char* const le : {"0.005",
                                     "0.01",
                                     "0.025",
                                     "0.05",
                                     "0.1",
                                     "0.25",
                                     "0.5",
                                     "1",
                                     "2.5",
                                     "5",
                                     "10",
                                     "+Inf"}) {
            sum += static_cast<unsigned>(random() % 9000) + variant * 50;
            line("http_request_duration_seconds_bucket{" + labels + ",le=\"" + le + "\"}",
                 std::to_string(sum));
        }
        line("http_request_duration_seconds_sum{" + labels + "}",
             up_to(9999) + "." + up_to(999999));
        line("http_request_duration_seconds_count{" + labels + "}", std::to_string(sum));
    }
    text += "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n";
    for (const char* const method : {"GET", "POST", "PUT", "DELETE"}) {
        for (const char* const code : {"200", "201", "301", "400", "404", "429", "500", "503"}) {
            line("http_requests_total{method=\"" + std::string{method} + "\",code=\"" + code +
                     "\",handler=\"app\"}",
                 up_to(10'000'000));
        }
    }
    text += "# HELP app_pool_items Items, by pool.\n# TYPE app_pool_items gauge\n";
    while (count < samples) {
        line("app_pool_items{pool=\"pool-" + std::to_string(count % 7) + "\",shard=\"" +
                 std::to_string(count) + "\",state=\"busy\"}",
             up_to(1'000'000));
    }
    return text;
}

// The whole answer as a Go server sends it: one chunk.
std::string answer(const std::string& body) {
    std::array<char, 16> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), body.size(), 16).ptr;
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
           "Transfer-Encoding: chunked\r\n\r\n" +
           std::string{size.data(), end} + "\r\n" + body + "\r\n0\r\n\r\n";
}

struct Served {
    std::uint64_t pages = 0;
    int handshakes = 0;
    int most_handshakes = 0;
};
Served served;

std::string served_answer() {
    const std::string body =
        std::to_string(served.pages) + ' ' + std::to_string(served.most_handshakes) + '\n';
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

template <class Stream>
asio::awaitable<void> answer_all(Stream& stream, const Pages& pages, std::size_t turn) {
    boost::system::error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    std::string request;
    for (;; ++turn) {
        const std::size_t size = co_await asio::async_read_until(
            stream, asio::dynamic_buffer(request, 16384), "\r\n\r\n", token);
        if (failed) {
            co_return;
        }
        const bool is_page = !request.starts_with("GET /served ");
        request.erase(0, size);
        const std::string other = is_page ? std::string{} : served_answer();
        co_await asio::async_write(
            stream, asio::buffer(is_page ? pages[turn % variants] : other), token);
        if (failed) {
            co_return;
        }
        served.pages += is_page ? 1U : 0U;
    }
}

asio::awaitable<void> serve(tcp::socket socket,
                            const Pages& pages,
                            asio::ssl::context* tls,
                            std::size_t turn) {
    if (tls == nullptr) {
        co_await answer_all(socket, pages, turn);
        co_return;
    }
    asio::ssl::stream<tcp::socket> stream{std::move(socket), *tls};
    boost::system::error_code failed;
    co_await stream.next_layer().async_wait(tcp::socket::wait_read, asio::use_awaitable);
    served.most_handshakes = std::max(served.most_handshakes, ++served.handshakes);
    co_await stream.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, failed));
    --served.handshakes;
    if (!failed) {
        co_await answer_all(stream, pages, turn);
    }
}

asio::awaitable<void> listen(tcp::acceptor acceptor,
                             const Pages& pages,
                             asio::ssl::context* tls,
                             std::size_t turn) {
    for (;;) {
        boost::system::error_code failed;
        tcp::socket socket =
            co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed));
        if (failed) {
            co_return;
        }
        socket.set_option(tcp::no_delay{true});
        asio::co_spawn(co_await asio::this_coro::executor,
                       serve(std::move(socket), pages, tls, turn),
                       asio::detached);
    }
}

}  // namespace

int main(int count, char** words) {
    if (count != 3 && count != 5) {
        std::fputs("scrape_targets COUNT PORT [CERTIFICATE KEY]\n", stderr);
        return 2;
    }
    const unsigned targets = static_cast<unsigned>(std::stoul(words[1]));
    const auto port = static_cast<unsigned short>(std::stoul(words[2]));
    Pages pages;
    for (unsigned variant = 0; variant < variants; ++variant) {
        pages[variant] = answer(page(variant));
    }
    std::unique_ptr<asio::ssl::context> tls;
    if (count == 5) {
        tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
        tls->use_certificate_chain_file(words[3]);
        tls->use_private_key_file(words[4], asio::ssl::context::pem);
    }
    asio::io_context io{1};
    for (unsigned i = 0; i < targets; ++i) {
        const asio::ip::address_v4 address{0x7f010000U + ((i / 250) << 8U) + i % 250 + 1};
        asio::co_spawn(io,
                       listen(tcp::acceptor{io, tcp::endpoint{address, port}}, pages, tls.get(), i),
                       asio::detached);
    }
    std::puts("ready");
    std::fflush(stdout);
    io.run();
}
