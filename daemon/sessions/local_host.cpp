#include "daemon/sessions/local_host.h"

#include <utility>

#include "daemon/client/local_file.h"

namespace tided::daemon {

LocalHost::LocalHost(std::shared_ptr<NetworkParts> parts)
    : parts_(std::move(parts)), watcher_(parts_->io) {}

Result<std::string> LocalHost::read_file(const std::string& path, std::size_t limit) {
    return read_local_file(path, limit);
}

Result<std::vector<std::string>> LocalHost::list_files(const std::string& pattern) {
    return list_local_files(pattern);
}

Result<std::unique_ptr<metrics::FileWatch>> LocalHost::watch_files(
    const std::string& pattern, std::function<void(const std::string& path)> on_change) {
    return watcher_.watch(pattern, std::move(on_change));
}

boost::asio::awaitable<Result<std::vector<metrics::DnsRecord>>> LocalHost::look_up(
    std::string name, metrics::DnsSdSpec::Type type, Deadline deadline) {
    co_return co_await parts_->resolver.look_up(std::move(name), type, deadline);
}

}  // namespace tided::daemon
