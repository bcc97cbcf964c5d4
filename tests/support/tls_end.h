// TlsEnd: the server's side of TLS over one accepted connection of a ScriptedServer. Blocking.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/support/certificates.h"
#include "tests/support/scripted_server.h"

namespace tided::testing {

struct TlsDemand {
    std::string client_ca{};  ///< "" = no client certificate asked for
    bool only_old = false;    ///< TLS 1.1 at most
};

/// What all connections of one server share: certificate, tickets.
class TlsServing {
public:
    explicit TlsServing(const CertificateFiles& files, TlsDemand demand = {});
    ~TlsServing();
    TlsServing(const TlsServing&) = delete;
    TlsServing& operator=(const TlsServing&) = delete;

    struct Impl;
    [[nodiscard]] Impl& impl() const { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

class TlsEnd {
public:
    /// Does the handshake; look at is_open().
    TlsEnd(TlsServing& serving, Peer& peer);
    ~TlsEnd();
    TlsEnd(const TlsEnd&) = delete;
    TlsEnd& operator=(const TlsEnd&) = delete;

    [[nodiscard]] bool is_open() const;
    [[nodiscard]] bool is_resumed() const;
    /// Name the client asked for (SNI).
    [[nodiscard]] std::string asked_name() const;
    /// Subject of the client's certificate, "" without.
    [[nodiscard]] std::string client_subject() const;
    /// The head of one request (no body), "" when the client left.
    std::string read_request();
    void write(std::string_view bytes);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tided::testing
