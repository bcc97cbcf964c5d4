// Keys of every HTTP peer: sources, notifications and (in part) providers.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr Key auth_keys[] = {
    {.name = "bearer",
     .form = Form::secret,
     .doc = "Sent as Authorization: Bearer. Not together with username.",
     .otherwise = "none"},
    {.name = "username",
     .doc = "User of basic authentication; needs password.",
     .otherwise = "none"},
    {.name = "password",
     .form = Form::secret,
     .doc = "Password of basic authentication; needs username.",
     .otherwise = "none"},
};

constexpr Key tls_keys[] = {
    {.name = "ca",
     .form = Form::secret,
     .doc = "Certificates of the authorities to trust, PEM.",
     .otherwise = "the system's store"},
    {.name = "certificate",
     .form = Form::secret,
     .doc = "Certificate we show to the peer, PEM; needs key.",
     .otherwise = "none"},
    {.name = "key",
     .form = Form::secret,
     .doc = "Private key of certificate, PEM.",
     .otherwise = "none"},
    {.name = "server_name",
     .doc = "Name that the peer's certificate must bear.",
     .otherwise = "the host of the URL or target"},
    {.name = "insecure",
     .form = Form::boolean,
     .standard = "false",
     .doc = "Accept any certificate. check warns about it."},
};

constexpr Key http_keys[] = {
    {.name = "auth",
     .form = Form::table,
     .inner = &auth,
     .doc = "How we identify ourselves.",
     .otherwise = "not at all"},
    {.name = "tls",
     .form = Form::table,
     .inner = &tls,
     .doc = "Trust and client certificate of https peers.",
     .otherwise = "the system's trust"},
    {.name = "proxy",
     .doc = "URL of an HTTP proxy, or env for the variables http_proxy, https_proxy and no_proxy "
            "of the daemon's environment.",
     .otherwise = "none"},
    {.name = "no_proxy",
     .form = Form::texts,
     .doc = "Peers that are reached without the proxy: host (that one alone), .suffix (all below "
            "it), host:port, addresses, networks such as 10.0.0.0/8, or * for all.",
     .otherwise = "none"},
    {.name = "body_limit",
     .form = Form::bytes,
     .standard = "64Mi",
     .low = "1Ki",
     .high = "1Gi",
     .doc = "A longer answer is refused; counted after decompression."},
    {.name = "compression", .form = Form::boolean, .standard = "true", .doc = "Ask for gzip."},
};

}  // namespace

const Table auth{.title = "auth = { ... }",
                 .doc = "Inside a source or a notification: bearer, or username with password.",
                 .keys = auth_keys};

const Table tls{
    .title = "tls = { ... }", .doc = "Inside a source or a notification.", .keys = tls_keys};

const Table http{.title = "Keys of every HTTP peer",
                 .doc =
                     "These may stand in any [source.NAME] and [notify.NAME]; a kubernetes "
                     "provider takes proxy, no_proxy, body_limit and compression, and has its "
                     "trust and identity from the kubeconfig.",
                 .keys = http_keys};

}  // namespace tided::config::tables
