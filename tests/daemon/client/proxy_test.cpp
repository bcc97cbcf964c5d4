// Addresses and the way to them: URLs taken and refused, proxies and their exceptions.
#include "daemon/client/proxy.h"

#include <cstdlib>

#include <doctest/doctest.h>

#include "daemon/client/http_request.h"

namespace tided::daemon {

namespace {

std::string refusal(std::string_view url) {
    const auto parsed = parse_url(url);
    return parsed ? "taken" : parsed.error().message;
}

bool proxied(const ProxyRules& rules, const std::string& url) {
    return rules.proxy_for(parse_url(url)->origin).has_value();
}

}  // namespace

TEST_CASE("url: host, port and target") {
    CHECK(
        *parse_url("http://Web-1:8080/metrics?a=b%20c") ==
        Url{.origin = {.tls = false, .host = "web-1", .port = 8080}, .target = "/metrics?a=b%20c"});
    CHECK(*parse_url("HTTPS://[::1]") ==
          Url{.origin = {.tls = true, .host = "::1", .port = 443}, .target = "/"});
    CHECK(host_header(parse_url("https://[::1]:443")->origin) == "[::1]");
    CHECK(host_header(parse_url("http://[::1]:443")->origin) == "[::1]:443");
    CHECK(to_string(parse_url("http://a")->origin) == "http://a:80");
}

TEST_CASE("url: what is refused, without what may be secret in it") {
    CHECK(refusal("ftp://a/b?token=hunter2") ==
          "\"ftp://a/b\" is no usable address: expected http://host:port/path or https://…");
    CHECK(refusal("http://me:hunter2@a/") ==
          "\"…@a/\" is no usable address: credentials do not belong in an address; use auth");
    CHECK(refusal("web-1:9100") ==
          "\"web-1:9100\" is no usable address: expected http://host:port/path or https://…");
    CHECK(refusal("http:///metrics") != "taken");
    CHECK(refusal("http://a:0/") != "taken");
    CHECK(refusal("http://a:70000/") != "taken");
    CHECK(refusal("http://a b/") != "taken");
    CHECK(refusal("http://a/x\r\ny") != "taken");
    CHECK(refusal("") != "taken");
}

TEST_CASE("request: nothing a caller gives can end a line") {
    HttpCall call;
    call.url = *parse_url("http://a/");
    const auto with = [&call](const std::string& name, const std::string& value) {
        HttpCall copy = call;
        copy.headers = {{name, value}};
        const auto text = serialize(copy, TargetForm::origin);
        return text ? "sent" : text.error().message;
    };
    CHECK(with("X-Good", "a b\tc") == "sent");
    CHECK(with("X-Bad", "a\r\nEvil: 1") ==
          "the value of the header X-Bad holds a control character");
    CHECK(with("X Bad", "a") == "a header of the request has no proper name");
    CHECK(with("", "a") == "a header of the request has no proper name");
    CHECK(with("host", "other") == "the header host is not the caller's");
    CHECK(with("Content-Length", "0") == "the header Content-Length is not the caller's");
    call.authorization = "Bearer hunter2\nX: y";
    CHECK(serialize(call, TargetForm::origin).error().message ==
          "the credentials hold a control character, such as a line end in the middle");
    call.authorization.clear();
    call.url.target = "/a b";
    CHECK(!serialize(call, TargetForm::origin).has_value());
    call.url.target = "/";
    call.method = "GET /x";
    CHECK(!serialize(call, TargetForm::origin).has_value());
}

TEST_CASE("request: basic authorization of RFC 7617") {
    CHECK(basic_authorization("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    CHECK(basic_authorization("a", "b") == "Basic YTpi");
    CHECK(basic_authorization("a", "bc") == "Basic YTpiYw==");
}

TEST_CASE("proxy: exceptions by name, suffix and network") {
    const auto rules = *ProxyRules::make(
        "http://proxy:3128",
        {"exact.example", ".suffix.example", "10.0.0.0/8", "fd00::/8", "192.0.2.7", "one:8080"});
    CHECK(rules.proxy_for(parse_url("http://far.example/")->origin) ==
          Origin{.tls = false, .host = "proxy", .port = 3128});
    CHECK(proxied(rules, "https://far.example/"));
    CHECK(!proxied(rules, "http://exact.example/"));
    CHECK(proxied(rules, "http://sub.exact.example/"));
    CHECK(!proxied(rules, "http://a.suffix.example/"));
    CHECK(!proxied(rules, "http://suffix.example/"));
    CHECK(proxied(rules, "http://nosuffix.example/"));
    CHECK(!proxied(rules, "http://10.255.0.1/"));
    CHECK(proxied(rules, "http://11.0.0.1/"));
    CHECK(!proxied(rules, "http://[fd12::1]/"));
    CHECK(proxied(rules, "http://[fe80::1]/"));
    CHECK(!proxied(rules, "http://192.0.2.7/"));
    CHECK(!proxied(rules, "http://one:8080/"));
    CHECK(proxied(rules, "http://one:8081/"));
    CHECK(proxied(rules, "http://127.0.0.1/"));
    CHECK(!proxied(*ProxyRules::make("http://proxy:3128", {"*"}), "http://a/"));
    CHECK(!proxied(ProxyRules(), "http://a/"));
}

TEST_CASE("proxy: the environment's") {
    ::setenv("http_proxy", "http://plain:1", 1);
    ::setenv("HTTPS_PROXY", "secure:2", 1);
    ::setenv("NO_PROXY", "a.example, .b.example, port.example:81, 192.0.2.7", 1);
    const auto rules = ProxyRules::make("env", {});
    ::unsetenv("http_proxy");
    ::unsetenv("HTTPS_PROXY");
    ::unsetenv("NO_PROXY");
    REQUIRE(rules.has_value());
    CHECK(rules->proxy_for(parse_url("http://far/")->origin)->host == "plain");
    CHECK(rules->proxy_for(parse_url("https://far/")->origin)->host == "secure");
    CHECK(!proxied(*rules, "http://a.example/"));
    CHECK(!proxied(*rules, "http://api.a.example/"));
    CHECK(proxied(*rules, "http://nota.example/"));
    CHECK(!proxied(*rules, "http://x.b.example/"));
    CHECK(!proxied(*rules, "http://x.port.example:81/"));
    CHECK(proxied(*rules, "http://x.port.example:82/"));
    CHECK(!proxied(*rules, "http://192.0.2.7/"));
    CHECK(!proxied(*rules, "http://127.0.0.1/"));
    CHECK(!proxied(*rules, "http://localhost/"));
}

TEST_CASE("proxy: what is refused") {
    const auto refused = [](const std::string& proxy, std::vector<std::string> no_proxy = {}) {
        const auto rules = ProxyRules::make(proxy, no_proxy);
        return rules ? "taken" : rules.error().message;
    };
    CHECK(refused("https://proxy:3128") ==
          "proxy: proxies are spoken to over http://, not https://");
    CHECK(refused("http://me:hunter2@proxy:3128").find("hunter2") == std::string::npos);
    CHECK(refused("http://proxy:3128", {"10.0.0.0/33"}) ==
          "no_proxy: \"10.0.0.0/33\" is no network like 10.0.0.0/8");
    CHECK(refused("http://proxy:3128", {"host/8"}) ==
          "no_proxy: \"host/8\" is no network like 10.0.0.0/8");
}

}  // namespace tided::daemon
