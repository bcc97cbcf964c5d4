#include "daemon/tls.h"

#include <utility>

#include <openssl/ssl.h>

namespace tided::daemon {

void SslFree::operator()(ssl_st* ssl) const {
    SSL_free(ssl);
}

struct TlsContexts::Impl {};

TlsContexts::TlsContexts() = default;
TlsContexts::~TlsContexts() = default;

Result<TlsMaterial> TlsContexts::load(const config::Tls& tls, SecretStore& secrets) {
    TlsMaterial material{.server_name = tls.server_name, .insecure = tls.insecure};
    const auto take = [&](const std::optional<config::SecretRef>& ref,
                          Privacy privacy,
                          SharedSecret& content,
                          std::string& name) -> Status {
        if (!ref) {
            return {};
        }
        auto read = secrets.read(*ref, privacy);
        if (!read) {
            return fail(std::move(read).error());
        }
        content = *std::move(read);
        name = to_string(*ref);
        return {};
    };
    auto status = take(tls.ca, Privacy::open, material.ca, material.ca_name);
    if (status) {
        status =
            take(tls.certificate, Privacy::open, material.certificate, material.certificate_name);
    }
    if (status) {
        status = take(tls.key, Privacy::hidden, material.key, material.key_name);
    }
    if (!status) {
        return fail(std::move(status).error());
    }
    return material;
}

Result<TlsSession> TlsContexts::prepare(const TlsMaterial& /*material*/, const Origin& /*origin*/) {
    return fail(ErrorCode::unsupported, "https is not spoken yet");
}

Error explain_handshake(const ssl_st* /*ssl*/,
                        unsigned long /*library_error*/,
                        const std::string& peer) {
    return {.code = ErrorCode::unavailable, .message = "TLS: handshake with " + peer + " failed"};
}

}  // namespace tided::daemon
