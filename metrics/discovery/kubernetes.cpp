// Kubernetes discovery: the objects of one namespace, or of all, listed once and then watched.
//
//   list, page by page -> resourceVersion -> watch from there, again and again
//   ADDED MODIFIED DELETED   one place each            BOOKMARK   a newer version to go on from
//   410 Gone, an event that cannot be read             list again; what is gone meanwhile goes then
//   anything else that fails                           the former targets stay; again after a while
#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/parse.hpp>

#include "metrics/discovery/discoveries.h"
#include "metrics/discovery/kubernetes_objects.h"
#include "metrics/percent.h"
#include "metrics/phase.h"

namespace tided::metrics {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using Role = KubernetesSdSpec::Role;

constexpr Duration list_patience = std::chrono::seconds{30};
constexpr Duration watch_length = std::chrono::seconds{240};
constexpr Duration watch_patience = std::chrono::seconds{270};
constexpr Duration first_pause = std::chrono::seconds{1};
constexpr Duration longest_pause = std::chrono::seconds{60};
constexpr Duration at_once = std::chrono::milliseconds{10};
constexpr Duration between_watches = std::chrono::seconds{1};
constexpr int most_doublings = 6;
constexpr int gone = 410;

std::string path_of(const KubernetesSdSpec& spec, const std::string& space) {
    const bool is_slice = spec.role == Role::endpointslice;
    std::string path = is_slice ? "/apis/discovery.k8s.io/v1" : "/api/v1";
    path += space.empty() ? "" : "/namespaces/" + space;
    return path + (is_slice                       ? "/endpointslices"
                   : spec.role == Role::endpoints ? "/endpoints"
                                                  : "/pods");
}

void add_parameter(std::string& path, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        path += path.find('?') == std::string::npos ? '?' : '&';
        path += name;
        path += '=';
        path += percent_encoded(value);
    }
}

Status refusal(int status) {
    return fail(status == 401 || status == 403 ? ErrorCode::forbidden : ErrorCode::unavailable,
                "the API server answers " + std::to_string(status));
}

class KubernetesDiscovery final : public Discovery {
public:
    KubernetesDiscovery(KubernetesSdSpec spec,
                        const std::string& space,
                        Transport& transport,
                        DiscoveryEars ears)
        : spec_(std::move(spec)),
          path_(path_of(spec_, space)),
          transport_(transport),
          ears_(std::move(ears)) {}

    asio::awaitable<Status> look(Deadline deadline) override;
    [[nodiscard]] TimePoint next(TimePoint after) const override;
    [[nodiscard]] Duration timeout() const override {
        return version_.empty() ? list_patience : watch_patience;
    }
    [[nodiscard]] bool is_complete() const override { return is_complete_; }
    void end() override {
        if (stream_.cut) {
            stream_.cut();
        }
    }

private:
    asio::awaitable<Status> list(Deadline deadline);
    asio::awaitable<Status> watch(Deadline deadline);
    [[nodiscard]] Status judge(const Result<int>& ended);
    [[nodiscard]] std::string request_path() const;
    Status take_page(const Page& page, std::vector<Found>& found, std::string& more);
    void tell_all(std::vector<Found> found);
    void take_event(std::string_view line);
    Status take_object(std::string_view type, const json::object& object);

    KubernetesSdSpec spec_;
    std::string path_;
    Transport& transport_;
    DiscoveryEars ears_;
    LineStream stream_;
    std::string version_;           ///< to watch from; "" = list first
    std::set<std::string> places_;  ///< that have targets or had some
    Status event_;                  ///< why the last watch is of no use any more
    bool is_open_ = false;          ///< the last watch was granted
    bool has_watched_ = false;      ///< the last look was a watch
    int failures_ = 0;              ///< in a row
    bool is_complete_ = false;
};

asio::awaitable<Status> KubernetesDiscovery::look(Deadline deadline) {
    Status status;
    has_watched_ = !version_.empty();
    if (has_watched_) {
        status = co_await watch(deadline);
    } else {
        status = co_await list(deadline);
    }
    failures_ = status ? 0 : std::min(failures_ + 1, most_doublings);
    if (!status) {
        status = fail(std::move(status).error().within("asking Kubernetes for " + path_));
    }
    co_return status;
}

TimePoint KubernetesDiscovery::next(TimePoint after) const {
    if (failures_ == 0) {
        return after + (has_watched_ ? between_watches : at_once);
    }
    const Duration pause = std::min(first_pause * (1 << (failures_ - 1)), longest_pause);
    return after + pause / 2 + phase_of(path_, "kubernetes_sd", pause / 2);
}

std::string KubernetesDiscovery::request_path() const {
    std::string path = path_;
    add_parameter(path, "labelSelector", spec_.label_selector);
    add_parameter(path, "fieldSelector", spec_.field_selector);
    return path;
}

asio::awaitable<Status> KubernetesDiscovery::list(Deadline deadline) {
    std::vector<Found> found;
    std::string more;
    do {
        std::string path = request_path();
        add_parameter(path, "limit", "200");
        add_parameter(path, "continue", more);
        Get request{.url = path, .accept = "application/json", .headers = {}, .body = {}};
        const Result<Page> page = co_await transport_.get(std::move(request), deadline);
        Status taken = page ? take_page(*page, found, more) : Status{fail(page.error())};
        if (!taken) {
            version_.clear();
            co_return taken;
        }
    } while (!more.empty());
    tell_all(std::move(found));
    co_return Status{};
}

Status KubernetesDiscovery::take_page(const Page& page,
                                      std::vector<Found>& found,
                                      std::string& more) {
    if (page.status != 200) {
        return refusal(page.status);
    }
    boost::system::error_code error;
    const json::value root = json::parse(page.body, error);
    const json::object* const list = error ? nullptr : root.if_object();
    const json::value* const items = list == nullptr ? nullptr : list->if_contains("items");
    version_ = list == nullptr ? "" : std::string{text_at(*list, "metadata", "resourceVersion")};
    if (items == nullptr || !items->is_array() || version_.empty()) {
        return fail(ErrorCode::corrupt, "the answer is no list of objects");
    }
    more = text_at(*list, "metadata", "continue");
    for (const json::value& item : items->get_array()) {
        if (!item.is_object()) {
            return fail(ErrorCode::corrupt, "the answer is no list of objects");
        }
        found.push_back(targets_of(spec_.role, item.get_object()));
    }
    return {};
}

void KubernetesDiscovery::tell_all(std::vector<Found> found) {
    std::set<std::string> missed = std::exchange(places_, {});
    for (const Found& one : found) {
        missed.erase(one.place);
        places_.insert(one.place);
    }
    for (const std::string& place : missed) {
        found.push_back({.place = place, .targets = {}});
    }
    is_complete_ = true;
    ears_.found(std::move(found));
}

asio::awaitable<Status> KubernetesDiscovery::watch(Deadline deadline) {
    std::string path = request_path();
    add_parameter(path, "watch", "1");
    add_parameter(path, "allowWatchBookmarks", "true");
    add_parameter(path, "resourceVersion", version_);
    add_parameter(path, "timeoutSeconds", std::to_string(watch_length / std::chrono::seconds{1}));
    event_ = {};
    is_open_ = false;
    stream_.patience = list_patience;
    stream_.on_open = [this] {
        is_open_ = true;
        ears_.found({});
    };
    stream_.on_line = [this](std::string_view line) { take_event(line); };
    Get request{.url = path, .accept = "application/json", .headers = {}, .body = {}};
    const Result<int> ended = co_await transport_.stream(std::move(request), stream_, deadline);
    if (!event_) {
        version_.clear();
        co_return event_.error().code == ErrorCode::not_found ? Status{} : event_;
    }
    co_return judge(ended);
}

/// A watch that was granted may last until the deadline: that is no failure.
Status KubernetesDiscovery::judge(const Result<int>& ended) {
    const bool is_too_long = !ended && ended.error().code == ErrorCode::invalid_input;
    if (is_too_long || (ended && *ended == gone)) {
        version_.clear();
    }
    if (ended) {
        return *ended == 200 || *ended == gone ? Status{} : refusal(*ended);
    }
    const bool is_late = is_open_ && ended.error().code == ErrorCode::timed_out;
    return is_late ? Status{} : Status{fail(ended.error())};
}

void KubernetesDiscovery::take_event(std::string_view line) {
    boost::system::error_code error;
    const json::value root = json::parse({line.data(), line.size()}, error);
    const json::object* const event = error ? nullptr : root.if_object();
    const json::value* const object = event == nullptr ? nullptr : event->if_contains("object");
    if (object == nullptr || !object->is_object()) {
        event_ = fail(ErrorCode::corrupt, "a watch event cannot be read");
    } else if (event_) {
        event_ = take_object(text_at(*event, "type"), object->get_object());
    }
    if (!event_ && stream_.cut) {
        stream_.cut();
    }
}

Status KubernetesDiscovery::take_object(std::string_view type, const json::object& object) {
    if (type == "ERROR") {
        const json::value* const code = object.if_contains("code");
        const bool is_gone = code != nullptr && code->is_int64() && code->get_int64() == gone;
        return fail(is_gone ? ErrorCode::not_found : ErrorCode::unavailable,
                    "the watch ended: " + std::string{text_at(object, "message")});
    }
    const std::string_view version = text_at(object, "metadata", "resourceVersion");
    if (version.empty()) {
        return fail(ErrorCode::corrupt, "a watch event cannot be read");
    }
    version_ = version;
    std::vector<Found> news;
    if (type == "DELETED") {
        const std::string place = place_of(spec_.role, object);
        places_.erase(place);
        news.push_back({.place = place, .targets = {}});
    } else if (type == "ADDED" || type == "MODIFIED") {
        news.push_back(targets_of(spec_.role, object));
        places_.insert(news.back().place);
    }
    ears_.found(std::move(news));
    return {};
}

}  // namespace

std::unique_ptr<Discovery> make_discovery(const KubernetesSdSpec& spec,
                                          const std::string& space,
                                          Transport& transport,
                                          DiscoveryEars ears) {
    return std::make_unique<KubernetesDiscovery>(spec, space, transport, std::move(ears));
}

}  // namespace tided::metrics
