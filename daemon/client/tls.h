// TLS for outgoing connections: OpenSSL contexts made from config::Tls, kept per options and made
// anew when their files change; sessions are resumed per host. TLS 1.2 at least, host names
// verified, the system's store unless a CA is given.
// Error messages say which certificate is wrong and why, in the operator's words.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "daemon/client/secret.h"
#include "daemon/client/url.h"
#include "daemon/config/config.h"
#include "policy/vocab/result.h"

struct ssl_st;      // OpenSSL's SSL
struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace tided::daemon {

struct SslFree {
    void operator()(ssl_st* ssl) const;
};

/// One handshake to come: hostname verification and SNI are set already.
struct TlsSession {
    std::unique_ptr<ssl_st, SslFree> ssl;
    std::string peer;  ///< "prom.example:443", for messages
};

/// PEM texts instead of references: what a kubeconfig carries inline.
struct TlsMaterial {
    SharedSecret ca{};
    SharedSecret certificate{};
    SharedSecret key{};
    std::string ca_name{};  ///< how messages call them: "credential:ca", "users[3].…"
    std::string certificate_name{};
    std::string key_name{};
    std::string server_name{};
    bool insecure = false;
};

/// Whether both stand for the same certificates and keys.
[[nodiscard]] bool same_content(const TlsMaterial& left, const TlsMaterial& right);

class TlsContexts {
public:
    TlsContexts();
    ~TlsContexts();
    TlsContexts(const TlsContexts&) = delete;
    TlsContexts& operator=(const TlsContexts&) = delete;

    /// Reads what `tls` refers to.
    [[nodiscard]] static Result<TlsMaterial> load(const config::Tls& tls, SecretStore& secrets);

    /// Whether a context can be made of it. Errors as prepare's.
    [[nodiscard]] Status check(const TlsMaterial& material);

    /// A session towards `origin`; the context behind it is shared and kept while `material` stays
    /// the same. Errors: invalid_input (not PEM, key does not belong to the certificate).
    [[nodiscard]] Result<TlsSession> prepare(const TlsMaterial& material, const Origin& origin);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// To be called before a connection that worked is let go: OpenSSL would forget its session
/// otherwise, since nobody waits for farewells here.
void end_quietly(ssl_st* ssl);

/// Why a handshake failed: `library_error` is ERR_get_error()'s number, 0 when there is none.
[[nodiscard]] Error explain_handshake(const ssl_st* ssl,
                                      unsigned long library_error,
                                      const std::string& peer);

}  // namespace tided::daemon
