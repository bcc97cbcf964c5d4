#include "daemon/config/address.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::config;

namespace {

struct Row {
    const char* text;
    const char* wrong;  ///< "" when it is right
};

std::string said(const Status& status) {
    return status ? "" : status.error().message;
}

}  // namespace

TEST_CASE("address: host and port") {
    const std::array<Row, 16> rows{{
        {"localhost:80", ""},
        {"web-1.prod_a.example:65535", ""},
        {"10.0.0.1:1", ""},
        {"[::1]:9119", ""},
        {"[2001:db8::7]:80", ""},
        {"[fe80::1%eth0]:80", "an IPv6 address in brackets such as [::1]:80 is expected"},
        {"[::1]", "a port 1 to 65535 is missing behind ']'"},
        {"[::1]x:80", "a port 1 to 65535 is missing behind ']'"},
        {"[::1:80", "an IPv6 address in brackets such as [::1]:80 is expected"},
        {"::1:80", "an IPv6 address must be in brackets, as in [::1]:80"},
        {"host", "the port is missing: host:port is expected"},
        {":80", "the host is neither a name nor an address"},
        {"256.0.0.1:80", "the host is neither a name nor an address"},
        {"1.2.3:80", "the host is neither a name nor an address"},
        {"host:65536", "the port must be 1 to 65535"},
        {"host:+1", "the port must be 1 to 65535"},
    }};
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(said(check_host_port(row.text)) == row.wrong);
    }
}

TEST_CASE("address: targets are host and port, or a full URL with a query") {
    CHECK(said(check_target("web:8080")) == "");
    CHECK(said(check_target("https://web/metrics?format=text")) == "");
    CHECK(said(check_target("gopher://web/")) == "the scheme must be http or https");
    CHECK(said(check_target("http://web:x/")) == "the port must be 1 to 65535");
    CHECK(said(check_target("http://web /")) == "it is not of the form scheme://host:port/path");
}

TEST_CASE("address: probes") {
    CHECK(said(check_probe("tcp://127.0.0.1:80")) == "");
    CHECK(said(check_probe("http://[::1]:80/ready?x=1")) == "");
    CHECK(said(check_probe("tcp://127.0.0.1")) == "the port is missing: host:port is expected");
    CHECK(said(check_probe("https://127.0.0.1/")) == "http://HOST:PORT/PATH or tcp://HOST:PORT");
}

TEST_CASE("address: peers") {
    const Url url = parse_peer_url("https://u:p@[2001:db8::7]:9090/prefix").value();
    CHECK(url.scheme == "https");
    CHECK(url.host == "2001:db8::7");
    CHECK(url.has_user);
    CHECK_FALSE(parse_peer_url("http://h/?q").has_value());
    CHECK(parse_peer_url("HTTP://h").error().message == "the scheme must be http or https");
}

TEST_CASE("address: loopback is 127/8, ::1 and localhost, and nothing that looks like it") {
    CHECK(is_loopback("127.0.0.1"));
    CHECK(is_loopback("127.9.9.9"));
    CHECK(is_loopback("::1"));
    CHECK(is_loopback("localhost"));
    CHECK_FALSE(is_loopback("127.example.org"));
    CHECK_FALSE(is_loopback("10.0.0.1"));
    CHECK(host_of("[::1]:80") == "::1");
    CHECK(host_of("web:80") == "web");
}
