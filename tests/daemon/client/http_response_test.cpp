// The reader of answers, fed by hand: whole, byte by byte, and with what no peer should send.
#include "daemon/client/http_response.h"

#include <utility>

#include <zlib.h>

#include <doctest/doctest.h>

namespace tided::daemon {

namespace {

/// Feeds in pieces of `size`, then closes; the answer's body or the error's message.
std::string read(std::string_view bytes, std::size_t size, AnswerShape shape = {}) {
    ResponseReader reader(shape);
    while (!bytes.empty() && !reader.is_complete()) {
        const auto used = reader.feed(bytes.substr(0, size));
        if (!used) {
            return "error: " + used.error().message;
        }
        bytes.remove_prefix(*used);
    }
    if (const auto closed = reader.close(); !closed) {
        return "error: " + closed.error().message;
    }
    return std::to_string(reader.take().status) + " " + reader.take().body;
}

std::string gzip(std::string_view text) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    std::string copy(text);
    stream.next_in = reinterpret_cast<unsigned char*>(copy.data());
    stream.avail_in = static_cast<unsigned>(copy.size());
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = static_cast<unsigned>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string sized(std::string_view body, std::string_view headers = "") {
    return "HTTP/1.1 200 OK\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("answer: a body that only the peer's close ended is told apart") {
    const auto is_open_ended = [](const std::string& bytes) {
        ResponseReader reader({});
        REQUIRE(reader.feed(bytes));
        REQUIRE(reader.close());
        return reader.take().is_open_ended;
    };
    const std::string head = "HTTP/1.1 200 OK\r\n";
    CHECK(is_open_ended(head + "\r\nc 8"));
    CHECK(is_open_ended(head + "\r\n"));
    CHECK(is_open_ended(head + "Content-Encoding: gzip\r\n\r\n"));
    CHECK_FALSE(is_open_ended(head + "Content-Encoding: gzip\r\n\r\n" + gzip("c 8012\n")));
    CHECK_FALSE(is_open_ended(sized("c 8")));
    CHECK_FALSE(is_open_ended(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nc 8\r\n0\r\n\r\n"));
}

TEST_CASE("answer: every way to end a body, in pieces of every size") {
    const std::string packed = gzip("hello");
    struct Row {
        const char* name;
        std::string bytes;
        const char* expected;
    };
    const Row rows[] = {
        {"sized", sized("hello"), "200 hello"},
        {"empty", sized(""), "200 "},
        {"until close", "HTTP/1.0 200 OK\r\n\r\nhello", "200 hello"},
        {"chunked",
         "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n"
         "0\r\nX-Sum: 1\r\n\r\n",
         "200 hello"},
        {"interim first",
         "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + sized("hello"),
         "200 hello"},
        {"no content", "HTTP/1.1 204 No Content\r\n\r\n", "204 "},
        {"bare line ends", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "200 hello"},
        {"no reason", "HTTP/1.1 503\r\nContent-Length: 2\r\n\r\nno", "503 no"},
        {"gzip", sized(packed, "Content-Encoding: gzip\r\n"), "200 hello"},
        {"gzip twice", sized(packed + packed, "Content-Encoding: gzip\r\n"), "200 hellohello"},
        {"gzip until close",
         "HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\n\r\n" + packed,
         "200 hello"},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        for (std::size_t size = 1; size <= row.bytes.size(); ++size) {
            CHECK(read(row.bytes, size) == row.expected);
        }
    }
}

TEST_CASE("answer: what is wrong is named") {
    const std::string packed = gzip("hello");
    struct Row {
        std::string bytes;
        const char* message;
    };
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const Row rows[] = {
        {"", "the connection was closed before an answer came"},
        {"HTTP/2 200\r\n\r\n", "the answer is not HTTP; it begins with \"HTTP/2 200\""},
        {"HTTP/1.1 2xx\r\n\r\n", "the answer is not HTTP; it begins with \"HTTP/1.1 2xx\""},
        {"HTTP/1.1 099 x\r\n\r\n", "the answer is not HTTP; it begins with \"HTTP/1.1 099 x\""},
        {"\x16\x03\x01\x02", "the answer is not HTTP; it begins with \"....\""},
        {ok + "no colon\r\n\r\n", "the answer has a malformed header \"no colon\""},
        {ok + " folded: x\r\n\r\n", "the answer has a malformed header \" folded\""},
        {ok + "X : y\r\n\r\n", "the answer has a malformed header \"X \""},
        {ok + "X: a\rb\r\n\r\n", "the answer has a malformed header \"X\""},
        {ok + "Content-Length: -1\r\n\r\n", "the answer has a malformed Content-Length \"-1\""},
        {ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
         "the answer has a malformed Content-Length \"2\""},
        {ok + "Content-Length: 99999999999999999999\r\n\r\n",
         "the answer has a malformed Content-Length \"99999999999999999999\""},
        {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n",
         "the answer comes in the unknown transfer encoding \"gzip, chunked\""},
        {ok + "Content-Encoding: br\r\n\r\n", "the answer comes in the unknown encoding \"br\""},
        {ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
         "the answer has a malformed chunk size \"xyz\""},
        {ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
         "the answer has a malformed chunk size \"ffffffffffffffff\""},
        {ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
         "a chunk of the answer is longer than it says"},
        {"HTTP/1.1 101 Switching\r\n\r\n", "the peer switched to a protocol nobody asked for"},
        {sized("not gzip", "Content-Encoding: gzip\r\n"), "the answer says gzip but is not"},
        {sized(packed.substr(0, packed.size() - 3), "Content-Encoding: gzip\r\n"),
         "the answer's compressed body is cut off"},
        {ok + "X: " + std::string(70'000, 'x'), "the answer's headers are larger than 64kB"},
    };
    for (const Row& row : rows) {
        INFO(row.bytes.substr(0, 80));
        CHECK(read(row.bytes, row.bytes.size() + 1) == std::string("error: ") + row.message);
        CHECK(read(row.bytes, 7).starts_with("error: "));
    }
}

TEST_CASE("answer: the limit holds for plain, chunked, endless and compressed bodies") {
    const AnswerShape shape{.body_limit = 1000};
    const char* const message = "error: the answer is larger than the limit of 1000 bytes";
    CHECK(read(sized(std::string(1000, 'x')), 100, shape) == "200 " + std::string(1000, 'x'));
    CHECK(read(sized(std::string(1001, 'x')), 100, shape) == message);
    CHECK(read("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'), 100, shape) == message);
    CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                   std::string(1001, 'x'),
               100,
               shape) == message);
    const std::string bomb = gzip(std::string(500'000, '\0'));
    REQUIRE(bomb.size() < 1000);
    CHECK(read(sized(bomb, "Content-Encoding: gzip\r\n"), 100, shape) == message);
}

TEST_CASE("answer: whether the connection can be used again") {
    const auto reusable = [](std::string_view bytes) {
        ResponseReader reader({});
        REQUIRE(reader.feed(bytes).has_value());
        return reader.is_reusable();
    };
    CHECK(reusable(sized("x")));
    CHECK(!reusable(sized("x", "Connection: close\r\n")));
    CHECK(!reusable("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"));
    CHECK(reusable("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx"));
    CHECK(
        !reusable("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "0\r\n\r\n"));
}

TEST_CASE("answer: what stands after it is left alone") {
    ResponseReader reader({.body_limit = 100, .keep_headers = true});
    const std::string first = sized("x", "X-One: 1\r\n");
    CHECK(*reader.feed(first + "HTTP/1.1 500") == first.size());
    CHECK(reader.take().headers == std::vector<std::pair<std::string, std::string>>{
                                       {"X-One", "1"}, {"Content-Length", "1"}});
}

TEST_CASE("answer: a body that is taken as it comes is told its status first, and is not kept") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{1000}}) {
        std::string told;
        bool has_begun = false;
        const AnswerShape shape{.on_body = [&](int status, std::string_view piece) {
            told += std::exchange(has_begun, true) ? "" : std::to_string(status) + ":";
            told += piece;
        }};
        CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\nb\r\n0\r\n\r\n",
                   size,
                   shape) == "200 ");
        CHECK(told == "200:a\nb");
        told.clear();
        has_begun = false;
        CHECK(read("HTTP/1.1 410 Gone\r\nContent-Length: 2\r\n\r\nno", size, shape) == "410 ");
        CHECK(told == "410:no");
        CHECK(read(sized("x", "Content-Encoding: gzip\r\n"), size, shape) ==
              "error: the answer is compressed, which was not asked for");
    }
}

}  // namespace tided::daemon
