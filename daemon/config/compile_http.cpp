// HTTP peers: URL, identity, trust, proxy. Doubtful choices (no verification, secrets in clear
// text to another host) are warnings.
#include "daemon/config/address.h"
#include "daemon/config/compile.h"

namespace tided::config {
namespace {

void need_both(Compiling& in, const Fields& fields, std::string_view one, std::string_view other) {
    if (fields.is_written(one) && !fields.is_written(other)) {
        in.report.add(Problem::needs_other_key, fields.place(one), {one, other});
    }
    if (fields.is_written(other) && !fields.is_written(one)) {
        in.report.add(Problem::needs_other_key, fields.place(other), {other, one});
    }
}

Auth compile_auth(Compiling& in, const Fields& fields) {
    need_both(in, fields, "username", "password");
    if (fields.is_written("bearer") && fields.is_written("username")) {
        in.report.add(
            Problem::one_of_two, fields.place("username"), {"'auth'", "'bearer' and 'username'"});
    }
    return {.bearer = fields.secret("bearer"),
            .basic_user = fields.text("username"),
            .basic_password = fields.secret("password")};
}

Tls compile_tls(Compiling& in, const Fields& fields) {
    need_both(in, fields, "certificate", "key");
    if (fields.boolean("insecure")) {
        in.report.add(Problem::insecure_tls, fields.place("insecure"), {});
    }
    return {.ca = fields.secret("ca"),
            .certificate = fields.secret("certificate"),
            .key = fields.secret("key"),
            .server_name = fields.text("server_name"),
            .insecure = fields.boolean("insecure")};
}

}  // namespace

std::string compile_url(Compiling& in, const Fields& fields, std::string_view key) {
    const Node* node = fields.find(key);
    return node != nullptr && check_url(in, key, *node) ? node->text : std::string{};
}

bool check_url(Compiling& in, std::string_view key, const Node& node) {
    const Result<Url> url = parse_peer_url(node.text);
    if (!url) {
        in.report.add(Problem::bad_url, node.value, {key, url.error().message});
    } else if (url->has_user) {
        in.report.add(Problem::secret_in_url, node.value, {key});
    }
    return url && !url->has_user;
}

void compile_proxy(Compiling& in, const Fields& fields, HttpOptions& http) {
    http.proxy = fields.text("proxy");
    if (http.proxy != "env") {
        http.proxy = compile_url(in, fields, "proxy");
        const Result<Url> url = parse_peer_url(http.proxy);
        if (url && url->scheme == "https") {
            in.report.add(Problem::bad_url,
                          fields.find("proxy")->value,
                          {"proxy", "a proxy is spoken to over http://, also for https peers"});
        }
    }
    http.no_proxy = fields.texts("no_proxy");
    if (const Node* node = fields.find("no_proxy"); node != nullptr) {
        for (const Node& child : node->children) {
            if (Status status = check_exception(child.text); !status) {
                in.report.add(
                    Problem::bad_address, child.value, {"no_proxy", status.error().message});
            }
        }
    }
}

HttpOptions compile_http(Compiling& in, const Fields& fields) {
    HttpOptions http;
    http.auth = compile_auth(in, fields.inner("auth"));
    http.tls = compile_tls(in, fields.inner("tls"));
    http.body_limit = fields.bytes("body_limit");
    http.compression = fields.boolean("compression");
    compile_proxy(in, fields, http);
    return http;
}

void warn_of_clear_text(Compiling& in, const Fields& fields, const HttpOptions& http) {
    const Result<Url> url = parse_peer_url(http.url);
    if (url && url->scheme == "http" && !is_loopback(url->host) && http.auth != Auth{}) {
        in.report.add(Problem::clear_text_secret,
                      fields.place(fields.is_written("url") ? "url" : "urls"),
                      {"the secret of 'auth'"});
    }
}

}  // namespace tided::config
