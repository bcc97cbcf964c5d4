// File discovery: lists of targets in files of this host. A change is seen at once through the
// host's watch, and by looking again at every interval where there is no watch (network file
// systems, links that lead elsewhere).
//
//   unreadable, empty, half written, not a list   the file's former targets stay; one error
//   gone from its directory                       with a wildcard: its targets go. Named in full:
//                                                 an error, they stay
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "metrics/discovery/discoveries.h"
#include "metrics/discovery/target_groups.h"

namespace tided::metrics {
namespace {

namespace asio = boost::asio;

constexpr std::size_t file_limit = std::size_t{16} * 1024 * 1024;
// A burst of changes is read once.
constexpr Duration calm = std::chrono::milliseconds{50};
// While there is a file that was never read well.
constexpr Duration retry_pause = std::chrono::seconds{5};

class FileDiscovery final : public Discovery {
public:
    FileDiscovery(FileSdSpec spec, Host& host, DiscoveryEars ears)
        : spec_(std::move(spec)),
          host_(host),
          ears_(std::move(ears)),
          watches_(spec_.files.size()) {}

    asio::awaitable<Status> look(Deadline /*deadline*/) override { co_return look_now(); }
    [[nodiscard]] TimePoint next(TimePoint after) const override {
        const bool is_soon = is_due_ || !has_looked_;
        return after + (is_soon        ? calm
                        : is_complete_ ? spec_.interval
                                       : std::min(spec_.interval, retry_pause));
    }
    [[nodiscard]] Duration timeout() const override { return spec_.interval; }
    [[nodiscard]] bool is_complete() const override { return is_complete_; }
    void end() override { watches_.clear(); }

private:
    struct File {
        std::size_t groups = 0;
        bool is_known = false;  ///< was read well once
        std::string error;
    };

    Status look_now();
    void watch();
    void heed(const std::string& path);
    Status list(const std::string& pattern, std::set<std::string>& present);
    void read(const std::string& path, std::vector<Found>& news);
    void drop_missing(const std::set<std::string>& present, std::vector<Found>& news);
    [[nodiscard]] Status summary() const;

    FileSdSpec spec_;
    Host& host_;
    DiscoveryEars ears_;
    std::vector<std::unique_ptr<FileWatch>> watches_;  ///< one a pattern, null where it failed
    std::map<std::string, File> files_;
    std::set<std::string> changed_;  ///< paths to read; "" is all of them
    bool is_due_ = false;
    bool has_looked_ = false;
    bool is_complete_ = false;
};

bool has_wildcard(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

std::string place_of(const std::string& path, std::size_t group) {
    return "file:" + path + ":" + std::to_string(group);
}

void FileDiscovery::watch() {
    for (std::size_t i = 0; i < watches_.size(); ++i) {
        if (!watches_[i] || !watches_[i]->is_alive()) {
            auto made =
                host_.watch_files(spec_.files[i], [this](const std::string& path) { heed(path); });
            watches_[i] = made ? *std::move(made) : nullptr;
        }
    }
}

void FileDiscovery::heed(const std::string& path) {
    changed_.insert(path);
    if (!std::exchange(is_due_, true)) {
        ears_.due();
    }
}

Status FileDiscovery::look_now() {
    watch();
    has_looked_ = true;
    std::set<std::string> changed = std::exchange(changed_, {});
    const bool is_all = !std::exchange(is_due_, false) || changed.contains("");
    std::set<std::string> present;
    Status listed;
    for (const std::string& pattern : spec_.files) {
        if (Status status = list(pattern, present); !status) {
            listed = std::move(status);
        }
    }
    std::vector<Found> news;
    for (const std::string& path : present) {
        if (is_all || changed.contains(path) || !files_[path].is_known) {
            read(path, news);
        }
    }
    if (listed) {
        drop_missing(present, news);
    }
    if (!news.empty()) {
        ears_.found(std::move(news));
    }
    Status status = listed ? summary() : std::move(listed);
    is_complete_ = is_complete_ || status.has_value();
    return status;
}

Status FileDiscovery::list(const std::string& pattern, std::set<std::string>& present) {
    if (!has_wildcard(pattern)) {
        present.insert(pattern);
        return {};
    }
    auto paths = host_.list_files(pattern);
    if (!paths) {
        return fail(std::move(paths).error());
    }
    present.insert(paths->begin(), paths->end());
    return {};
}

Result<std::vector<TargetGroup>> groups_of(const std::string& path, const std::string& text) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return fail(ErrorCode::invalid_input, "1: the file is empty; no targets are written []");
    }
    std::string_view ending{path};
    ending.remove_prefix(std::min(path.rfind('.'), path.size()));
    return ending == ".json" || ending == ".JSON" ? read_json_groups(text) : read_yaml_groups(text);
}

void FileDiscovery::read(const std::string& path, std::vector<Found>& news) {
    File& file = files_[path];
    const auto text = host_.read_file(path, file_limit);
    if (!text) {
        file.error = text.error().message;
        return;
    }
    auto groups = groups_of(path, *text);
    if (!groups) {
        file.error = path + ":" + groups.error().message;
        return;
    }
    for (std::size_t i = 0; i < std::max(groups->size(), file.groups); ++i) {
        Found found{.place = place_of(path, i), .targets = {}};
        if (i < groups->size()) {
            found.targets = with_label(std::move((*groups)[i]), "__meta_filepath", path);
        }
        news.push_back(std::move(found));
    }
    file = {.groups = groups->size(), .is_known = true, .error = {}};
}

void FileDiscovery::drop_missing(const std::set<std::string>& present, std::vector<Found>& news) {
    std::erase_if(files_, [&](const auto& entry) {
        if (present.contains(entry.first)) {
            return false;
        }
        for (std::size_t i = 0; i < entry.second.groups; ++i) {
            news.push_back({.place = place_of(entry.first, i), .targets = {}});
        }
        return true;
    });
}

Status FileDiscovery::summary() const {
    std::size_t bad = 0;
    const std::string* first = nullptr;
    for (const auto& [path, file] : files_) {
        if (!file.error.empty()) {
            first = bad++ == 0 ? &file.error : first;
        }
    }
    if (bad == 0) {
        return {};
    }
    return fail(ErrorCode::invalid_input,
                *first + (bad == 1 ? "" : " (and " + std::to_string(bad - 1) + " more files)"));
}

}  // namespace

std::unique_ptr<Discovery> make_discovery(FileSdSpec spec, Host& host, DiscoveryEars ears) {
    return std::make_unique<FileDiscovery>(std::move(spec), host, std::move(ears));
}

}  // namespace tided::metrics
