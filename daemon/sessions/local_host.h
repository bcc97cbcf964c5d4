// LocalHost: the metrics floor's view of this machine: its files and its name servers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/client/file_watcher.h"
#include "daemon/client/network_parts.h"
#include "metrics/discovery/host.h"

namespace tided::daemon {

class LocalHost final : public metrics::Host {
public:
    explicit LocalHost(std::shared_ptr<NetworkParts> parts);

    Result<std::string> read_file(const std::string& path, std::size_t limit) override;
    Result<std::vector<std::string>> list_files(const std::string& pattern) override;
    Result<std::unique_ptr<metrics::FileWatch>> watch_files(
        const std::string& pattern,
        std::function<void(const std::string& path)> on_change) override;
    boost::asio::awaitable<Result<std::vector<metrics::DnsRecord>>> look_up(
        std::string name, metrics::DnsSdSpec::Type type, Deadline deadline) override;

private:
    std::shared_ptr<NetworkParts> parts_;
    FileWatcher watcher_;
};

}  // namespace tided::daemon
