// [daemon] and [notify.NAME].
#include "daemon/config/address.h"
#include "daemon/config/compile.h"

namespace tided::config {
namespace {

void check_listen(Compiling& in, const Fields& fields, Listener& listener) {
    const Node* node = fields.find("listen");
    if (node == nullptr) {
        return;
    }
    bool is_public = false;
    std::vector<const Node*> addresses;
    if (node->kind == Node::Kind::text) {
        addresses.push_back(node);
    }
    for (const Node& child : node->children) {
        addresses.push_back(&child);
    }
    for (const Node* address : addresses) {
        if (Status status = check_host_port(address->text); !status) {
            in.report.add(Problem::bad_address, address->value, {"listen", status.error().message});
        }
        is_public = is_public || !is_loopback(host_of(address->text));
    }
    if (is_public && listener.bearer && !listener.certificate) {
        in.report.add(Problem::clear_text_secret,
                      node->value,
                      {"the bearer token of [daemon.auth]"},
                      "give the listener a certificate: [daemon.tls]");
    }
}

Listener compile_listener(Compiling& in, const Fields& daemon) {
    const Fields tls = daemon.inner("tls");
    Listener listener{.certificate = tls.secret("certificate"),
                      .key = tls.secret("key"),
                      .client_ca = tls.secret("client_ca"),
                      .bearer = daemon.inner("auth").secret("bearer"),
                      .hosts = daemon.texts("hosts")};
    if (daemon.find("listen") != nullptr) {
        listener.addresses = daemon.texts("listen");
    } else {
        listener.addresses = {daemon.text("listen")};
    }
    check_listen(in, daemon, listener);
    return listener;
}

}  // namespace

void compile_daemon(Compiling& in) {
    const Fields fields{in.root.find("daemon"), daemon_table()};
    in.config.daemon = {.listen = compile_listener(in, fields),
                        .control_socket = fields.text("control_socket"),
                        .interval = fields.duration("interval"),
                        .mode = fields.text("mode") == "act" ? Mode::act : Mode::dry_run,
                        .state = fields.text("state"),
                        .journal_retention = fields.duration("journal_retention"),
                        .journal_limit = static_cast<std::size_t>(fields.integer("journal_limit")),
                        .shutdown_timeout = fields.duration("shutdown_timeout"),
                        .metric_stale_notice = fields.duration("metric_stale_notice"),
                        .self_partition = Ratio{fields.number("self_partition")},
                        .limits = compile_limits(fields),
                        .log_level = fields.text("log_level"),
                        .log_file = fields.text("log_file")};
}

void compile_webhooks(Compiling& in) {
    for_each_member(in, notify_group(), [&](const Node& node, const Fields& fields) {
        Webhook webhook{
            .name = node.name, .http = compile_http(in, fields), .events = fields.texts("events")};
        webhook.http.url = compile_url(in, fields, "url");
        warn_of_clear_text(in, fields, webhook.http);
        in.config.webhooks.push_back(std::move(webhook));
    });
}

}  // namespace tided::config
