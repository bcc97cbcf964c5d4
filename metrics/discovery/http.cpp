// HTTP discovery: a list of targets that a server gives, by Prometheus' http_sd: 200 and
// application/json, the whole list each time. Whatever else comes leaves the former targets.
#include <algorithm>
#include <utility>

#include <re2/re2.h>

#include "metrics/discovery/discoveries.h"
#include "metrics/discovery/target_groups.h"
#include "metrics/number.h"
#include "metrics/phase.h"

namespace tided::metrics {
namespace {

namespace asio = boost::asio;

constexpr Duration patience = std::chrono::seconds{30};

bool is_json(const std::string& content_type) {
    static const re2::RE2 json{R"((?i)application/json(?:;\s*charset="?utf-8"?)?)"};
    return re2::RE2::FullMatch(content_type, json);
}

Status objection_to(const Page& page) {
    if (page.status != 200) {
        return fail(ErrorCode::unavailable, "the server answers " + std::to_string(page.status));
    }
    if (!is_json(page.content_type)) {
        return fail(ErrorCode::corrupt,
                    "the answer is \"" + page.content_type + "\", not application/json");
    }
    if (page.is_open_ended) {
        return fail(ErrorCode::corrupt, "the answer may be cut: nothing tells where it ends");
    }
    return {};
}

class HttpDiscovery final : public Discovery {
public:
    HttpDiscovery(HttpSdSpec spec, Transport& transport, DiscoveryEars ears)
        : spec_(std::move(spec)), transport_(transport), ears_(std::move(ears)) {}

    asio::awaitable<Status> look(Deadline deadline) override {
        Get request{.url = spec_.url,
                    .accept = "application/json",
                    .headers = {{"X-Prometheus-Refresh-Interval-Seconds",
                                 format_number(to_seconds(spec_.interval))}},
                    .body = {}};
        const Result<Page> page = co_await transport_.get(std::move(request), deadline);
        Status status = page ? take(*page) : Status{fail(page.error())};
        if (!status) {
            co_return fail(std::move(status).error().within("asking " + spec_.url));
        }
        co_return status;
    }
    [[nodiscard]] TimePoint next(TimePoint after) const override {
        const Duration phase = phase_of(spec_.url, "http_sd", spec_.interval);
        const TimePoint due = next_instant(after, spec_.interval, phase);
        return is_complete_ ? due : std::min(due, after + std::chrono::seconds{5});
    }
    [[nodiscard]] Duration timeout() const override { return std::min(spec_.interval, patience); }
    [[nodiscard]] bool is_complete() const override { return is_complete_; }

private:
    Status take(const Page& page);

    HttpSdSpec spec_;
    Transport& transport_;
    DiscoveryEars ears_;
    std::size_t groups_ = 0;
    bool is_complete_ = false;
};

Status HttpDiscovery::take(const Page& page) {
    if (Status fine = objection_to(page); !fine) {
        return fine;
    }
    auto groups = read_json_groups(page.body);
    if (!groups) {
        return fail(std::move(groups).error().within("reading the list"));
    }
    std::vector<Found> news;
    for (std::size_t i = 0; i < std::max(groups->size(), groups_); ++i) {
        Found found{.place = "http:" + std::to_string(i), .targets = {}};
        if (i < groups->size()) {
            found.targets = with_label(std::move((*groups)[i]), "__meta_url", spec_.url);
        }
        news.push_back(std::move(found));
    }
    groups_ = groups->size();
    is_complete_ = true;
    ears_.found(std::move(news));
    return {};
}

}  // namespace

std::unique_ptr<Discovery> make_discovery(HttpSdSpec spec,
                                          Transport& transport,
                                          DiscoveryEars ears) {
    return std::make_unique<HttpDiscovery>(std::move(spec), transport, std::move(ears));
}

}  // namespace tided::metrics
