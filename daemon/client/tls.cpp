#include "daemon/client/tls.h"

#include <array>
#include <utility>

#include <arpa/inet.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace tided::daemon {

namespace {

struct BioFree {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct X509Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct ContextFree {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct ResumeFree {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using X509Pointer = std::unique_ptr<X509, X509Free>;
using ContextPointer = std::unique_ptr<SSL_CTX, ContextFree>;

/// What rides on an SSL_CTX: sessions to resume, per peer.
struct Resumable {
    std::map<std::string, std::unique_ptr<SSL_SESSION, ResumeFree>> sessions;
};

/// What rides on an SSL.
struct Rider {
    std::string resume_key;
    std::string name;  ///< what the certificate must be for
    std::string ca;    ///< what it must be signed by
};

/// The six parameters are OpenSSL's.
template <typename T>  // NOLINTNEXTLINE(readability-function-size)
void free_rider(void* /*parent*/, void* rider, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<T*>(rider);
}

int context_slot() {
    static const int slot =
        SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_rider<Resumable>);
    return slot;
}

int ssl_slot() {
    static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_rider<Rider>);
    return slot;
}

/// Keeps the session the peer offers; 1 = its reference is ours now.
int keep_session(SSL* ssl, SSL_SESSION* session) {
    auto* const rider = static_cast<Rider*>(SSL_get_ex_data(ssl, ssl_slot()));
    auto* const kept =
        static_cast<Resumable*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_slot()));
    if (rider == nullptr || kept == nullptr) {
        return 0;
    }
    kept->sessions[rider->resume_key].reset(session);
    return 1;
}

/// No pass phrase is ever asked for: an encrypted key is an error.
int no_pass_phrase(char*, int, int, void*) {
    return -1;
}

std::unique_ptr<BIO, BioFree> reader(const Secret& pem) {
    const auto text = pem.reveal();
    return std::unique_ptr<BIO, BioFree>(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::vector<X509Pointer> read_certificates(const Secret& pem) {
    std::vector<X509Pointer> result;
    const auto bio = reader(pem);
    while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, no_pass_phrase, nullptr)) {
        result.emplace_back(one);
    }
    ERR_clear_error();
    return result;
}

tl::unexpected<Error> refuse(const std::string& what) {
    ERR_clear_error();
    return fail(ErrorCode::invalid_input, "TLS: " + what);
}

Status trust(SSL_CTX* context, const TlsMaterial& material) {
    if (!material.ca) {
        SSL_CTX_set_default_verify_paths(context);
        return {};
    }
    const auto certificates = read_certificates(*material.ca);
    if (certificates.empty()) {
        return refuse(material.ca_name + " holds no PEM certificate");
    }
    for (const auto& one : certificates) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get());
    }
    return {};
}

Status identify(SSL_CTX* context, const TlsMaterial& material) {
    if (!material.certificate && !material.key) {
        return {};
    }
    if (!material.certificate || !material.key) {
        return refuse("a client certificate needs its key, and a key its certificate");
    }
    const auto chain = read_certificates(*material.certificate);
    if (chain.empty()) {
        return refuse(material.certificate_name + " holds no PEM certificate");
    }
    const auto bio = reader(*material.key);
    const std::unique_ptr<EVP_PKEY, KeyFree> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
    if (!key) {
        return refuse(material.key_name + " holds no PEM key without pass phrase");
    }
    const bool usable = SSL_CTX_use_certificate(context, chain.front().get()) == 1 &&
                        SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
                        SSL_CTX_check_private_key(context) == 1;
    if (!usable) {
        return refuse("the key " + material.key_name + " does not belong to the certificate " +
                      material.certificate_name);
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        SSL_CTX_add1_chain_cert(context, chain[i].get());
    }
    return {};
}

Result<ContextPointer> make_context(const TlsMaterial& material) {
    ContextPointer context(SSL_CTX_new(TLS_client_method()));
    if (!context) {
        return fail(ErrorCode::internal, "TLS: OpenSSL gives no context");
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    if (auto trusted = trust(context.get(), material); !trusted) {
        return fail(std::move(trusted).error());
    }
    if (auto identified = identify(context.get(), material); !identified) {
        return fail(std::move(identified).error());
    }
    SSL_CTX_set_session_cache_mode(context.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_set_ex_data(context.get(), context_slot(), new Resumable);
    SSL_CTX_sess_set_new_cb(context.get(), keep_session);
    return context;
}

bool is_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

void expect_name(SSL* ssl, const std::string& name) {
    if (is_address(name)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
        return;
    }
    // What SSL_set_tlsext_host_name is, without its C cast.
    SSL_ctrl(ssl,
             SSL_CTRL_SET_TLSEXT_HOSTNAME,
             TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(name.c_str()));
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, name.c_str());
}

/// The clause for a certificate that does not verify.
std::string verification(long result, const Rider& rider) {
    const std::string reason = X509_verify_cert_error_string(result);
    switch (result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "has expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "is not valid yet; compare the clocks";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "is not for the name " + rider.name + " (" + reason + ")";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "is not signed by " + rider.ca + " (" + reason + ")";
        default:
            return "is refused: " + reason;
    }
}

/// The sentence for a failure that is not about the peer's certificate.
std::string protocol_failure(int reason, const std::string& peer) {
    switch (reason) {
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
            return peer + " does not speak TLS";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return peer + " speaks no TLS 1.2 or later";
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
            return peer + " asks for a client certificate";
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
            return peer + " refuses our client certificate";
        case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
            return peer + " refuses the handshake; it may ask for a client certificate";
        default:
            return "";
    }
}

}  // namespace

void SslFree::operator()(ssl_st* ssl) const {
    SSL_free(ssl);
}

struct TlsContexts::Impl {
    struct Entry {
        TlsMaterial material;
        ContextPointer context;
    };

    std::map<std::string, Entry> entries;
};

TlsContexts::TlsContexts() : impl_(std::make_unique<Impl>()) {}
TlsContexts::~TlsContexts() = default;

Status TlsContexts::check(const TlsMaterial& material) {
    const auto session = prepare(material, {.tls = true, .host = "localhost", .port = 443});
    return session ? Status{} : Status(fail(session.error()));
}

Result<TlsSession> TlsContexts::prepare(const TlsMaterial& material, const Origin& origin) {
    const std::string key = material.ca_name + "\n" + material.certificate_name + "\n" +
                            material.key_name + (material.insecure ? "\ninsecure" : "");
    auto& entry = impl_->entries[key];
    if (!entry.context || !same_content(entry.material, material)) {
        auto context = make_context(material);
        if (!context) {
            return fail(std::move(context).error());
        }
        entry = {.material = material, .context = *std::move(context)};
    }
    TlsSession session{.ssl = {}, .peer = host_and_port(origin)};
    session.ssl.reset(SSL_new(entry.context.get()));
    SSL* const ssl = session.ssl.get();
    if (ssl == nullptr) {
        return fail(ErrorCode::internal, "TLS: OpenSSL gives no session");
    }
    const std::string& name = material.server_name.empty() ? origin.host : material.server_name;
    expect_name(ssl, name);
    SSL_set_verify(ssl, material.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    auto rider = std::make_unique<Rider>(Rider{
        .resume_key = session.peer + "\n" + name,
        .name = name,
        .ca = material.ca ? material.ca_name : std::string("an authority this system trusts")});
    const auto* const kept =
        static_cast<Resumable*>(SSL_CTX_get_ex_data(entry.context.get(), context_slot()));
    const auto resumed = kept->sessions.find(rider->resume_key);
    if (resumed != kept->sessions.end()) {
        SSL_set_session(ssl, resumed->second.get());
    }
    SSL_set_ex_data(ssl, ssl_slot(), rider.release());
    return session;
}

bool same_content(const TlsMaterial& left, const TlsMaterial& right) {
    return left.ca == right.ca && left.certificate == right.certificate && left.key == right.key;
}

Result<TlsMaterial> TlsContexts::load(const config::Tls& tls, SecretStore& secrets) {
    TlsMaterial material;
    material.server_name = tls.server_name;
    material.insecure = tls.insecure;
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

void end_quietly(ssl_st* ssl) {
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

Error explain_handshake(const ssl_st* ssl, unsigned long library_error, const std::string& peer) {
    const auto* const rider = static_cast<const Rider*>(SSL_get_ex_data(ssl, ssl_slot()));
    const long result = SSL_get_verify_result(ssl);
    if (rider != nullptr && result != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
        return {.code = ErrorCode::unavailable,
                .message = "TLS: certificate of " + peer + " " + verification(result, *rider)};
    }
    if (library_error == 0) {
        return {.code = ErrorCode::unavailable,
                .message = "TLS: " + peer + " hung up during the handshake"};
    }
    std::string text = protocol_failure(ERR_GET_REASON(library_error), peer);
    if (text.empty()) {
        const char* const reason = ERR_reason_error_string(library_error);
        text = "handshake with " + peer + ": " +
               (reason != nullptr ? reason : "error " + std::to_string(library_error));
    }
    return {.code = ErrorCode::unavailable, .message = "TLS: " + text};
}

}  // namespace tided::daemon
