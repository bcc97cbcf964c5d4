#include "tests/support/tls_end.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace tided::testing {

struct TlsServing::Impl {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
};

TlsServing::TlsServing(const CertificateFiles& files, TlsDemand demand)
    : impl_(std::make_unique<Impl>()) {
    std::signal(SIGPIPE, SIG_IGN);
    SSL_CTX* const context = impl_->context;
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        std::fprintf(stderr, "TlsServing: no certificate\n");
        std::abort();
    }
    const unsigned char id = 1;
    SSL_CTX_set_session_id_context(context, &id, 1);
    if (!demand.client_ca.empty()) {
        SSL_CTX_load_verify_locations(context, demand.client_ca.c_str(), nullptr);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    if (demand.only_old) {
        SSL_CTX_set_security_level(context, 0);
        SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
    }
}

TlsServing::~TlsServing() {
    SSL_CTX_free(impl_->context);
}

struct TlsEnd::Impl {
    SSL* ssl = nullptr;
    bool open = false;
};

TlsEnd::TlsEnd(TlsServing& serving, Peer& peer) : impl_(std::make_unique<Impl>()) {
    impl_->ssl = SSL_new(serving.impl().context);
    SSL_set_fd(impl_->ssl, peer.fd());
    impl_->open = SSL_accept(impl_->ssl) == 1;
    ERR_clear_error();
}

TlsEnd::~TlsEnd() {
    SSL_free(impl_->ssl);
}

bool TlsEnd::is_open() const {
    return impl_->open;
}

bool TlsEnd::is_resumed() const {
    return SSL_session_reused(impl_->ssl) == 1;
}

std::string TlsEnd::asked_name() const {
    const char* const name = SSL_get_servername(impl_->ssl, TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
}

std::string TlsEnd::client_subject() const {
    X509* const certificate = SSL_get0_peer_certificate(impl_->ssl);
    if (certificate == nullptr) {
        return "";
    }
    std::array<char, 256> text{};
    X509_NAME_oneline(X509_get_subject_name(certificate), text.data(), text.size());
    return text.data();
}

std::string TlsEnd::read_request() {
    std::string request;
    std::array<char, 4096> buffer{};
    while (impl_->open && request.find("\r\n\r\n") == std::string::npos) {
        const int got = SSL_read(impl_->ssl, buffer.data(), static_cast<int>(buffer.size()));
        if (got <= 0) {
            ERR_clear_error();
            return "";
        }
        request.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return request;
}

void TlsEnd::write(std::string_view bytes) {
    SSL_write(impl_->ssl, bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace tided::testing
