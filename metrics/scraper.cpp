#include "metrics/scraper.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "metrics/number.h"
#include "metrics/page_answer.h"

namespace tided::metrics {
namespace {

// As Prometheus: a sample stamped further ahead than this is dropped, for it would hide all
// samples to come. So are samples from before 1970.
constexpr Duration furthest_ahead = std::chrono::minutes{10};

// The low bits of a stamp tell it apart from those of the scrapes before it.
std::uint32_t mark_of(TimePoint stamp) {
    return std::max(static_cast<std::uint32_t>(stamp.time_since_epoch().count()), 1U);
}

std::string told_of(const PageReader::Bad& bad) {
    return bad.lines == 0 ? std::string{}
                          : "lines that no expression reads are bad and were passed over, " +
                                std::to_string(bad.lines) + " of them; the first: " + bad.first;
}

}  // namespace

bool is_made_by_scrapes(std::string_view name) {
    static constexpr std::array<std::string_view, 5> names{"up",
                                                           "scrape_duration_seconds",
                                                           "scrape_samples_scraped",
                                                           "scrape_samples_post_metric_relabeling",
                                                           "scrape_series_added"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

Scraper::Scraper(const ScrapeSpec& spec,
                 Target target,
                 Store& store,
                 const Wanted* wanted,
                 PageReader::Room* room)
    : spec_(spec),
      target_(std::move(target)),
      labels_(target_.labels, spec.honor_labels),
      store_(store),
      group_(store.make_group()),
      wanted_(wanted),
      own_room_(room == nullptr ? std::make_unique<PageReader::Room>() : nullptr),
      reader_(cache_, wanted, group_, room == nullptr ? *own_room_ : *room) {}

Get Scraper::request() const {
    return {.url = target_.url,
            .accept = exposition_accept,
            .headers = {{"X-Prometheus-Scrape-Timeout-Seconds",
                         format_number(to_seconds(spec_.timeout))}},
            .body = {}};
}

Fetched Scraper::take(const Result<Page>& answer, TimePoint now) {
    ++page_;
    taken_at_ = now;
    tried_ = version();
    limit_ = {};
    Fetched fetched;
    fetched.bytes = answer ? answer->body.size() : 0;
    fetched.status = answer ? read(*answer) : Status{fail(answer.error())};
    if (!fetched.status) {
        miss(fetched.status.error(), now);
        fetched.status =
            fail(std::move(fetched.status.error()).within("scraping " + target_.shown));
        fetched.limit = limit_;
        report(now, false, 0, 0);
        return fetched;
    }
    failing_since_.reset();
    has_ended_ = false;
    known_ = version();
    store_.release(group_);
    fetched.samples = reader_.samples();
    fetched.warning = told_of(reader_.bad());
    store_.count_malformed(reader_.was_strict() ? reader_.bad().lines : 0);
    commit(now);
    report(now, true, reader_.samples(), interned_.size());
    std::vector<Interned>{}.swap(interned_);  // hardly ever needed again
    return fetched;
}

// Who refuses has ended. Of anybody else nothing is known but what it said last.
void Scraper::miss(const Error& error, TimePoint now) {
    failing_since_ = failing_since_.value_or(now);
    if (is_refusal(error) || now - *failing_since_ >= given_up_after) {
        end_all(now);
        has_ended_ = true;
        store_.release(group_);
        known_ = version();
    } else {
        store_.hold(group_);
    }
}

bool Scraper::may_match(std::span<const Matcher> selector) const {
    return spec_.honor_labels ||
           std::all_of(selector.begin(), selector.end(), [this](const Matcher& matcher) {
               const std::string_view own = value_of(labels_.target(), matcher.name());
               return own.empty() || matcher.matches(own);
           });
}

void Scraper::rebase(Duration jump) {
    taken_at_ += jump;
    if (failing_since_) {
        *failing_since_ += jump;
    }
}

Status Scraper::read(const Page& page) {
    const auto format = format_of(page);
    if (!format) {
        return fail(format.error());
    }
    if (*format != format_) {
        format_ = *format;
        std::swap(retired_, cache_);
    }
    if (judged_ != version()) {
        judge_again();
    }
    if (store_.counts().removed != removed_seen_) {
        cache_.forget_dead(store_);
        removed_seen_ = store_.counts().removed;
    }
    if (Status whole = reader_.read(*format, page.body, page_, spec_.sample_limit); !whole) {
        limit_ = whole.error().code == ErrorCode::out_of_capacity ? "sample_limit" : "";
        return fail(std::move(whole.error()).within("reading the page"));
    }
    return intern_fresh();
}

void Scraper::judge_again() {
    cache_.forget_verdicts(store_, *wanted_);
    retired_.forget_verdicts(store_, *wanted_);
    judged_ = version();
}

Status Scraper::intern_fresh() {
    interned_.clear();
    for (const PageReader::Fresh& fresh : reader_.fresh()) {
        Interned& interned = interned_.emplace_back();
        const auto labels = labels_.of(fresh.name, reader_.labels(fresh), fresh.is_plain);
        if (wanted_ != nullptr && !wanted_->matches(labels)) {
            continue;
        }
        const std::uint64_t created = store_.counts().created;
        Status fits = check_limits(labels);
        const auto id = fits ? store_.intern(labels, group_) : fail(fits.error());
        if (!id) {
            limit_ = !fits ? limit_ : store_.is_full() ? "series_limit" : "memory_limit";
            take_fresh_back();
            return fail(id.error());
        }
        interned = {.id = *id, .is_made = store_.counts().created != created, .is_stored = true};
    }
    return {};
}

Status Scraper::check_limits(std::span<const LabelView> labels) {
    if (labels.size() > spec_.label_limit) {
        limit_ = "label_limit";
        return fail(ErrorCode::out_of_capacity,
                    "a series of " + std::string{value_of(labels, metric_name_label)} + " has " +
                        std::to_string(labels.size()) + " labels, the source's label_limit is " +
                        std::to_string(spec_.label_limit) + ": refused whole");
    }
    for (const LabelView& label : labels) {
        const std::size_t length = std::max(label.name.size(), label.value.size());
        if (length > spec_.label_length_limit) {
            limit_ = "label_length_limit";
            return fail(ErrorCode::out_of_capacity,
                        "the label " + std::string{label.name.substr(0, 60)} + " of a series has " +
                            std::to_string(length) + " bytes, the source's label_length_limit is " +
                            std::to_string(spec_.label_length_limit) + ": refused whole");
        }
    }
    return {};
}

// The page is refused whole: what it would have added is not to stand in other targets' way.
void Scraper::take_fresh_back() {
    for (const Interned& interned : interned_) {
        if (interned.is_made) {
            store_.take_back(interned.id);
        }
    }
}

void Scraper::commit(TimePoint now) {
    cache_fresh();
    const std::span<const PageReader::Sample> staged = reader_.staged();
    for (std::size_t i = 0; i < staged.size(); ++i) {
        prefetch(staged, i);
        const PageReader::Sample& sample = staged[i];
        SeriesCache::Line& line = cache_.line(sample.line);
        if (!line.is_stored) {
            continue;
        }
        line.is_ended = false;
        line.is_stamped = sample.stamp != 0 && spec_.honor_timestamps;
        if (line.is_stamped) {
            commit_stamped(
                TimePoint{Duration{reader_.stamp_ms(sample.stamp)}}, sample.value, line, now);
        } else {
            line.ahead = 0;
            store_.append(line.id, now, sample.value);
        }
    }
    end_vanished(now);
    cache_.compact(page_);
}

// The memory of samples to come, for they are spread over it.
void Scraper::prefetch(std::span<const PageReader::Sample> staged, std::size_t at) {
    constexpr std::size_t near = 4;
    constexpr std::size_t far = 8;
    if (at + far < staged.size() && cache_.line(staged[at + far].line).is_stored) {
        store_.prefetch_far(cache_.line(staged[at + far].line).id);
    }
    if (at + near < staged.size() && cache_.line(staged[at + near].line).is_stored) {
        store_.prefetch_near(cache_.line(staged[at + near].line).id);
    }
}

// Each new line takes its place after the one before it on the page.
void Scraper::cache_fresh() {
    std::size_t bytes = 0;
    for (const PageReader::Fresh& fresh : reader_.fresh()) {
        bytes += fresh.key.size();
    }
    cache_.make_room(interned_.size(), bytes);
    for (std::size_t i = 0; i < interned_.size(); ++i) {
        const PageReader::Fresh& fresh = reader_.fresh()[i];
        const SeriesCache::Index added = cache_.size();
        cache_.add(fresh.key,
                   {.page = page_, .id = interned_[i].id, .is_stored = interned_[i].is_stored});
        SeriesCache::Index& link =
            fresh.after == SeriesCache::none ? cache_.first : cache_.line(fresh.after).next;
        cache_.line(added).next = std::exchange(link, added);
    }
}

void Scraper::commit_stamped(TimePoint at, double value, SeriesCache::Line& line, TimePoint now) {
    if (at < TimePoint{} || at > now + furthest_ahead) {
        store_.count_out_of_range();
    } else if (at > now) {
        append_ahead(at, value, line, now);
    } else if (line.ahead == 0 || line.ahead != mark_of(at)) {
        line.ahead = 0;
        store_.append(line.id, at, value);
    }
}

void Scraper::append_ahead(TimePoint at, double value, SeriesCache::Line& line, TimePoint now) {
    if (line.ahead != mark_of(at)) {
        line.ahead = mark_of(at);
        store_.count_clamped();
        store_.append(line.id, now, value);
    }
}

void Scraper::end_vanished(TimePoint now) {
    for (SeriesCache::Line& line : cache_.lines()) {
        if (line.page != page_) {
            end_series(line, now);
        }
    }
    for (SeriesCache::Line& line : retired_.lines()) {
        end_series(line, now);
    }
    retired_ = {};
}

// A sample at `now` says that the series lives on under another spelling of its key.
void Scraper::end_series(SeriesCache::Line& line, TimePoint now) {
    if (!line.is_stored || line.is_ended) {
        return;
    }
    line.is_ended = true;
    const auto newest = store_.latest(line.id, now);
    if (!line.is_stamped && newest && newest->at < now) {
        store_.append(line.id, now, stale_marker());
    }
}

void Scraper::end_all(TimePoint now) {
    for (SeriesCache* const cache : {&cache_, &retired_}) {
        for (SeriesCache::Line& line : cache->lines()) {
            end_series(line, now);
        }
    }
}

void Scraper::end(TimePoint now) {
    end_all(now);
    for (const Kept* const kept : {&up_, &duration_, &scraped_, &relabeled_, &added_}) {
        if (store_.latest(kept->id, now)) {
            store_.append(kept->id, now, stale_marker());
        }
    }
    store_.drop_group(group_);
}

void Scraper::report(TimePoint now, bool up, std::size_t samples, std::size_t added) {
    keep(up_, now, up ? 1.0 : 0.0);
    keep(scraped_, now, static_cast<double>(samples));
    keep(relabeled_, now, static_cast<double>(samples));
    keep(added_, now, static_cast<double>(added));
}

void Scraper::measured(Duration took) {
    keep(duration_, taken_at_, to_seconds(took));
}

// A full store refuses these too; the page's own failure has said so already.
void Scraper::keep(Kept& kept, TimePoint now, double value) {
    if (kept.judged != version()) {
        kept.judged = version();
        kept.is_wanted = wanted_ == nullptr || wanted_->matches(views_of(labels_of(kept)));
    }
    if (!kept.is_wanted) {
        return;
    }
    if (!store_.contains(kept.id)) {
        const auto id = store_.intern(labels_of(kept));
        if (!id) {
            return;
        }
        kept.id = *id;
    }
    store_.append(kept.id, now, value);
}

Labels Scraper::labels_of(const Kept& kept) const {
    Labels labels = labels_.target();
    labels.push_back({.name = std::string{metric_name_label}, .value = kept.name});
    return normalised(std::move(labels));
}

}  // namespace tided::metrics
