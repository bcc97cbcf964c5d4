#include "daemon/server/tls.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "daemon/telemetry/logging.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = 4096;

class TlsChannel final : public HttpChannel {
public:
    TlsChannel(asio::ip::tcp::socket socket, std::shared_ptr<ssl::context> context)
        : HttpChannel(name_of_peer(socket)),
          context_(std::move(context)),
          stream_(std::move(socket), *context_) {}

    asio::awaitable<bool> open() override {
        const auto [error] = co_await stream_.async_handshake(ssl::stream_base::server, as_values);
        if (error) {
            log(LogLevel::debug, "TLS handshake failed: " + error.message() + " peer=" + peer());
        }
        co_return !error;
    }

    asio::awaitable<std::size_t> read(std::string& into) override {
        const std::size_t before = into.size();
        into.resize(before + read_size);
        const auto [error, size] = co_await stream_.async_read_some(
            asio::buffer(into.data() + before, read_size), as_values);
        into.resize(before + (error ? 0 : size));
        co_return error ? 0 : size;
    }

    asio::awaitable<bool> write(std::string_view bytes) override {
        const auto [error, size] = co_await asio::async_write(
            stream_, asio::buffer(bytes.data(), bytes.size()), as_values);
        co_return !error;
    }

    asio::awaitable<void> finish() override {
        // The peer need not answer our close_notify; its error is no news.
        static_cast<void>(co_await stream_.async_shutdown(as_values));
    }

    void interrupt() override {
        boost::system::error_code ignored;
        stream_.next_layer().cancel(ignored);
    }

    void cancel() override {
        boost::system::error_code ignored;
        stream_.next_layer().close(ignored);
    }

    /// The handshake has verified what the client showed.
    bool is_certified() const override {
        const std::unique_ptr<X509, void (*)(X509*)> shown{
            ::SSL_get1_peer_certificate(const_cast<TlsChannel*>(this)->stream_.native_handle()),
            &::X509_free};
        return shown != nullptr &&
               (::SSL_CTX_get_verify_mode(context_->native_handle()) & SSL_VERIFY_PEER) != 0;
    }

private:
    std::shared_ptr<ssl::context> context_;
    ssl::stream<asio::ip::tcp::socket> stream_;
};

asio::const_buffer buffer_of(const SharedSecret& secret) {
    return asio::buffer(secret->reveal().data(), secret->reveal().size());
}

tl::unexpected<Error> wrong(const std::optional<config::SecretRef>& ref, const char* why) {
    return fail(ErrorCode::invalid_input, "listener: " + to_string(*ref) + " " + why);
}

}  // namespace

/// What the context was made of; the same pointers mean that nothing has changed.
struct HttpTls::Material {
    SharedSecret certificate;
    SharedSecret key;
    SharedSecret client_ca;

    friend bool operator==(const Material&, const Material&) = default;
};

namespace {

Result<std::shared_ptr<ssl::context>> make_context(const config::Listener& listener,
                                                   const SharedSecret& certificate,
                                                   const SharedSecret& key,
                                                   const SharedSecret& client_ca) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code error;
    ::SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    ::SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
    context->use_certificate_chain(buffer_of(certificate), error);
    if (error) {
        return wrong(listener.certificate, "is no PEM certificate chain");
    }
    context->use_private_key(buffer_of(key), ssl::context::pem, error);
    if (error || ::SSL_CTX_check_private_key(context->native_handle()) != 1) {
        return wrong(listener.key, "is no PEM key of the certificate");
    }
    if (client_ca) {
        context->add_certificate_authority(buffer_of(client_ca), error);
        if (error) {
            return wrong(listener.client_ca, "is no PEM certificate");
        }
        context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
        // Resumed sessions need a context of their own name once clients are verified.
        constexpr unsigned char name[] = "tided";
        ::SSL_CTX_set_session_id_context(context->native_handle(), name, sizeof name - 1);
    }
    return context;
}

}  // namespace

HttpTls::HttpTls(config::Listener listener, SecretStore::Clock clock)
    : listener_(std::move(listener)), secrets_(std::move(clock)) {}
HttpTls::~HttpTls() = default;

Result<HttpTls::Material> HttpTls::read() {
    Material material;
    Result<SharedSecret> certificate = secrets_.read(*listener_.certificate, Privacy::open);
    Result<SharedSecret> key = secrets_.read(*listener_.key);
    if (!certificate || !key) {
        return fail(Error{certificate ? key.error() : certificate.error()}.within("listener"));
    }
    material.certificate = *certificate;
    material.key = *key;
    if (listener_.client_ca) {
        Result<SharedSecret> authority = secrets_.read(*listener_.client_ca, Privacy::open);
        if (!authority) {
            return fail(Error{authority.error()}.within("listener"));
        }
        material.client_ca = *authority;
    }
    return material;
}

Result<std::unique_ptr<HttpTls>> HttpTls::make(const config::Listener& listener,
                                               SecretStore::Clock clock) {
    if (!listener.certificate && !listener.key && !listener.client_ca) {
        return nullptr;
    }
    if (!listener.certificate || !listener.key) {
        return fail(ErrorCode::invalid_input, "listener: TLS needs both a certificate and its key");
    }
    std::unique_ptr<HttpTls> tls{new HttpTls{listener, std::move(clock)}};
    Result<Material> material = tls->read();
    if (!material) {
        return fail(material.error());
    }
    auto context =
        make_context(listener, material->certificate, material->key, material->client_ca);
    if (!context) {
        return fail(context.error());
    }
    tls->material_ = std::make_unique<Material>(std::move(*material));
    tls->context_ = std::move(*context);
    return tls;
}

bool HttpTls::renew() {
    Result<Material> material = read();
    if (!material || *material == *material_) {
        return false;  // what cannot be read now may be in the middle of its rotation
    }
    auto context =
        make_context(listener_, material->certificate, material->key, material->client_ca);
    *material_ = std::move(*material);
    if (!context) {
        log(LogLevel::error, context.error().message + "; the former certificate stays in force");
        return false;
    }
    context_ = std::move(*context);
    log(LogLevel::info, "the listener's certificate was renewed");
    return true;
}

std::unique_ptr<HttpChannel> HttpTls::wrap(asio::ip::tcp::socket socket) {
    renew();
    return std::make_unique<TlsChannel>(std::move(socket), context_);
}

Result<std::function<std::string()>> bearer_of(const config::Listener& listener) {
    if (!listener.bearer) {
        return std::function<std::string()>{};
    }
    auto secrets = std::make_shared<SecretStore>();
    if (Result<SharedSecret> now = secrets->read(*listener.bearer); !now) {
        return fail(Error{now.error()}.within("listener"));
    }
    return std::function<std::string()>{[secrets, ref = *listener.bearer] {
        const Result<SharedSecret> secret = secrets->read(ref);
        return secret ? std::string{(*secret)->reveal()} : std::string{};
    }};
}

}  // namespace tided::daemon
