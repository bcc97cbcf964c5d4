// ScriptedServer: a TCP server on 127.0.0.1 that does to each connection what a test tells it,
// in threads of its own: answer, cut, drip, hang until the client leaves, reset. Blocking
// sockets and no timers: it waits for events, never for time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tided::testing {

/// One accepted connection, as the script sees it.
class Peer {
public:
    Peer(int fd, int stop, std::vector<std::string>& requests);

    /// Reads one request with its body; "" when the client left. It is also recorded.
    std::string read_request();
    /// False when the client left.
    bool write(std::string_view bytes);
    /// Waits until the client closes (or the server is destroyed).
    void wait_for_close();
    /// Closes with RST instead of FIN.
    void reset();
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] bool is_alive() const;

private:
    [[nodiscard]] bool wait_readable() const;

    int fd_;
    int stop_;
    std::vector<std::string>* requests_;
    std::string rest_;
};

class ScriptedServer {
public:
    /// The script is called once per connection, with its rank from 0; the connection is closed
    /// when it returns. Each connection has a thread of its own.
    using Script = std::function<void(Peer&, std::size_t)>;

    explicit ScriptedServer(Script script);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string address() const;  ///< "127.0.0.1:PORT"
    [[nodiscard]] std::string url(std::string_view path = "") const;
    [[nodiscard]] std::size_t connections() const;
    /// What was read so far, in order.
    [[nodiscard]] std::vector<std::string> requests() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// An answer with Content-Length; `headers` are whole lines with their "\r\n".
[[nodiscard]] std::string answer(int status, std::string_view body, std::string_view headers = "");

/// A free port on 127.0.0.1 where nobody listens.
[[nodiscard]] std::uint16_t closed_port();

}  // namespace tided::testing
