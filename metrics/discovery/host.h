// Host: what this machine can say of targets: files and changes to them, and its name servers. It
// can only look. daemon/ implements it; tests/support fakes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "metrics/discovery/spec.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// Goes on until it is destroyed.
class FileWatch {
public:
    FileWatch() = default;
    FileWatch(const FileWatch&) = delete;
    FileWatch& operator=(const FileWatch&) = delete;
    virtual ~FileWatch() = default;

    /// False when its directory is gone: it will tell nothing more.
    [[nodiscard]] virtual bool is_alive() const { return true; }
};

/// One record of a name server: the address of A and AAAA, target and port of SRV.
struct DnsRecord {
    std::string host;  ///< a name without the last dot, or an address
    std::uint16_t port = 0;

    friend bool operator==(const DnsRecord&, const DnsRecord&) = default;
};

class Host {
public:
    Host() = default;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    virtual ~Host() = default;

    /// The content of a file; refused over `limit` bytes.
    [[nodiscard]] virtual Result<std::string> read_file(const std::string& path,
                                                        std::size_t limit) = 0;

    /// The files that an absolute path with wildcards names, sorted. None is no error; a directory
    /// that cannot be read is.
    [[nodiscard]] virtual Result<std::vector<std::string>> list_files(
        const std::string& pattern) = 0;

    /// Calls `on_change` with the path of a file of the pattern that was written and closed, put in
    /// its place or taken away, and with "" when any of them may have changed.
    /// Errors: the directory is not there or cannot be watched.
    [[nodiscard]] virtual Result<std::unique_ptr<FileWatch>> watch_files(
        const std::string& pattern, std::function<void(const std::string& path)> on_change) = 0;

    /// All records of this type that a name has. An empty list is an answer: the name server says
    /// that there are none. Errors: unavailable (it fails or refuses), timed_out.
    [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<DnsRecord>>> look_up(
        std::string name, DnsSdSpec::Type type, Deadline deadline) = 0;
};

}  // namespace tided::metrics
