// FileWatcher: one inotify instance for all who want to know when files change. A directory is
// watched, not the file: files are replaced by renaming as often as they are written. Told are a
// file written and closed, put in place, linked or taken away; a file that is being written is not.
// "..data" in the directory is how Kubernetes swaps a mounted ConfigMap: then any file may be new.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "metrics/discovery/host.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

class FileWatcher {
public:
    using OnChange = std::function<void(const std::string& path)>;

    explicit FileWatcher(boost::asio::any_io_executor io);
    ~FileWatcher();
    FileWatcher(const FileWatcher&) = delete;
    FileWatcher& operator=(const FileWatcher&) = delete;

    /// As metrics::Host::watch_files. The watch may outlive the watcher, and is dead then.
    [[nodiscard]] Result<std::unique_ptr<metrics::FileWatch>> watch(const std::string& pattern,
                                                                    OnChange on_change);

    struct Impl;

private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace tided::daemon
