// tls: certificates and the bearer credential of the listener. Both are re-read when their
// files change, so a renewed certificate needs no restart; a bad new one leaves the old in force.
// TLS 1.2 at least; with a client CA every client must show a certificate signed by it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/client/secret.h"
#include "daemon/config/config.h"
#include "daemon/server/channel.h"

namespace boost::asio::ssl {
class context;
}

namespace tided::daemon {

class HttpTls {
public:
    /// nullptr when the listener speaks plain HTTP. Errors: a reference that cannot be read, what
    /// is no certificate or key, a key of another certificate.
    [[nodiscard]] static Result<std::unique_ptr<HttpTls>> make(
        const config::Listener& listener,
        SecretStore::Clock clock = std::chrono::steady_clock::now);
    ~HttpTls();
    HttpTls(const HttpTls&) = delete;
    HttpTls& operator=(const HttpTls&) = delete;

    /// A channel that will shake hands with the certificates of this instant.
    [[nodiscard]] std::unique_ptr<HttpChannel> wrap(boost::asio::ip::tcp::socket socket);

    /// Looks whether the files have changed; wrap() does it too. True: a new certificate is in
    /// force.
    bool renew();

private:
    struct Material;

    HttpTls(config::Listener listener, SecretStore::Clock clock);
    [[nodiscard]] Result<Material> read();

    config::Listener listener_;
    SecretStore secrets_;
    std::unique_ptr<Material> material_;
    std::shared_ptr<boost::asio::ssl::context> context_;
};

/// Gives the listener's bearer credential at each call, "" while it cannot be read (nobody is let
/// in then); an empty function when none is configured. Errors: it cannot be read now.
[[nodiscard]] Result<std::function<std::string()>> bearer_of(const config::Listener& listener);

}  // namespace tided::daemon
