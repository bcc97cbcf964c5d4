#include "daemon/client/file_watcher.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fnmatch.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace tided::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t told_events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                      IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t end_events = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT;

/// What is created may be about to be written; a link is there at once.
bool is_link(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && (S_ISLNK(status.st_mode) || status.st_nlink > 1);
}

}  // namespace

struct FileWatcher::Impl : std::enable_shared_from_this<FileWatcher::Impl> {
    struct Watch final : metrics::FileWatch {
        ~Watch() override {
            if (const auto living = owner.lock()) {
                living->forget(*this);
            }
        }
        [[nodiscard]] bool is_alive() const override { return number >= 0 && !owner.expired(); }

        std::weak_ptr<Impl> owner;
        std::string directory;
        std::string name;  ///< pattern of the last component
        OnChange on_change;
        int number = -1;  ///< inotify's of the directory
    };

    explicit Impl(const asio::any_io_executor& io) : stream(io) {}

    Status open();
    void wait();
    void heed(const inotify_event& event);
    void tell(int number, const std::string& file);
    void end(int number);
    void forget(Watch& watch);

    asio::posix::stream_descriptor stream;
    alignas(inotify_event) std::array<char, 16384> buffer{};
    std::map<int, std::set<Watch*>> directories;
};

Status FileWatcher::Impl::open() {
    if (stream.is_open()) {
        return {};
    }
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
        return fail(ErrorCode::unavailable, std::string{"inotify: "} + std::strerror(errno));
    }
    stream.assign(fd);
    wait();
    return {};
}

void FileWatcher::Impl::wait() {
    stream.async_read_some(
        asio::buffer(buffer), [weak = weak_from_this()](auto error, std::size_t size) {
            const auto self = weak.lock();
            if (!self || error) {
                return;
            }
            for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
                inotify_event event{};
                std::memcpy(&event, self->buffer.data() + at, sizeof event);
                self->heed(*reinterpret_cast<const inotify_event*>(self->buffer.data() + at));
                at += sizeof event + event.len;
            }
            self->wait();
        });
}

void FileWatcher::Impl::heed(const inotify_event& event) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
        for (const auto& [number, watches] : std::map{directories}) {
            tell(number, "");
        }
    } else if ((event.mask & end_events) != 0) {
        tell(event.wd, "");
        end(event.wd);
    } else {
        const std::string file = event.len > 0 ? std::string{event.name} : "";
        const auto at = directories.find(event.wd);
        const bool is_new = (event.mask & IN_CREATE) != 0;
        if (at != directories.end() &&
            (!is_new || is_link((*at->second.begin())->directory + "/" + file))) {
            tell(event.wd, file);
        }
    }
}

/// A listener may end watches while it is told.
void FileWatcher::Impl::tell(int number, const std::string& file) {
    const auto at = directories.find(number);
    if (at == directories.end()) {
        return;
    }
    for (Watch* const watch : std::set{at->second}) {
        const auto now = directories.find(number);
        if (now == directories.end() || !now->second.contains(watch)) {
            continue;
        }
        if (file.empty() || file == "..data") {
            watch->on_change("");
        } else if (::fnmatch(watch->name.c_str(), file.c_str(), FNM_PERIOD) == 0) {
            watch->on_change(watch->directory + "/" + file);
        }
    }
}

void FileWatcher::Impl::end(int number) {
    const auto at = directories.find(number);
    if (at == directories.end()) {
        return;
    }
    for (Watch* const watch : at->second) {
        watch->number = -1;
    }
    directories.erase(at);
    ::inotify_rm_watch(stream.native_handle(), number);
}

void FileWatcher::Impl::forget(Watch& watch) {
    const auto at = directories.find(watch.number);
    if (at == directories.end()) {
        return;
    }
    at->second.erase(&watch);
    if (at->second.empty()) {
        directories.erase(at);
        ::inotify_rm_watch(stream.native_handle(), watch.number);
    }
}

FileWatcher::FileWatcher(asio::any_io_executor io) : impl_(std::make_shared<Impl>(io)) {}

FileWatcher::~FileWatcher() {
    boost::system::error_code ignored;
    impl_->stream.close(ignored);
}

Result<std::unique_ptr<metrics::FileWatch>> FileWatcher::watch(const std::string& pattern,
                                                               OnChange on_change) {
    if (Status opened = impl_->open(); !opened) {
        return fail(std::move(opened).error());
    }
    const std::size_t slash = pattern.rfind('/');
    auto watch = std::make_unique<Impl::Watch>();
    watch->directory = pattern.substr(0, slash);
    watch->name = pattern.substr(slash + 1);
    const std::string directory = watch->directory.empty() ? "/" : watch->directory;
    const int number =
        ::inotify_add_watch(impl_->stream.native_handle(), directory.c_str(), told_events);
    if (number < 0) {
        return fail(ErrorCode::unavailable, "watching " + directory + ": " + std::strerror(errno));
    }
    watch->owner = impl_;
    watch->on_change = std::move(on_change);
    watch->number = number;
    impl_->directories[number].insert(watch.get());
    return std::unique_ptr<metrics::FileWatch>{std::move(watch)};
}

}  // namespace tided::daemon
