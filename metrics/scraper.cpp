#include "metrics/scraper.h"

#include <algorithm>
#include <array>
#include <utility>

#include "metrics/number.h"
#include "metrics/page_answer.h"
#include "metrics/page_parser.h"

namespace tided::metrics {
namespace {

// As Prometheus: a sample stamped further ahead than this is dropped, for it would hide all
// samples to come. So are samples from before 1970.
constexpr Duration furthest_ahead = std::chrono::minutes{10};

// The low bits of a stamp tell it apart from those of the scrapes before it.
std::uint32_t mark_of(TimePoint stamp) {
    return std::max(static_cast<std::uint32_t>(stamp.time_since_epoch().count()), 1U);
}

bool is_refused(const Error& error) {
    return error.code == ErrorCode::unavailable && error.message.ends_with(refused_clause);
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

Scraper::Scraper(const ScrapeSpec& spec, Target target, Store& store, const Wanted* wanted)
    : spec_(spec),
      target_(std::move(target)),
      target_labels_(target_labels(spec, target_.instance)),
      store_(store),
      group_(store.make_group()),
      wanted_(wanted) {}

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
    Fetched fetched;
    fetched.bytes = answer ? answer->body.size() : 0;
    fetched.status = answer ? read(*answer, now) : Status{fail(answer.error())};
    if (!fetched.status) {
        miss(fetched.status.error(), now);
        fetched.status =
            fail(std::move(fetched.status.error()).within("scraping " + target_.shown));
        report(now, false, 0, 0);
        return fetched;
    }
    failing_since_.reset();
    known_ = version();
    store_.release(group_);
    fetched.samples = series_on_page_;
    commit(now);
    report(now, true, series_on_page_, series_added_);
    return fetched;
}

// Who refuses has ended. Of anybody else nothing is known but what it said last.
void Scraper::miss(const Error& error, TimePoint now) {
    failing_since_ = failing_since_.value_or(now);
    if (is_refused(error) || now - *failing_since_ >= given_up_after) {
        end_all(now);
        store_.release(group_);
        known_ = version();
    } else {
        store_.hold(group_);
    }
}

bool Scraper::may_match(std::span<const Matcher> selector) const {
    return spec_.honor_labels ||
           std::all_of(selector.begin(), selector.end(), [this](const Matcher& matcher) {
               const auto own =
                   std::find_if(target_labels_.begin(), target_labels_.end(), [&](const Label& l) {
                       return l.name == matcher.name();
                   });
               return own == target_labels_.end() || matcher.matches(own->value);
           });
}

void Scraper::rebase(Duration jump) {
    taken_at_ += jump;
    if (failing_since_) {
        *failing_since_ += jump;
    }
}

Status Scraper::read(const Page& page, TimePoint now) {
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
    const auto parser = make_parser(*format, page.body);
    if (Status staged = stage(*parser, now); !staged) {
        return fail(std::move(staged.error()).within("reading the page"));
    }
    return intern_fresh();
}

void Scraper::judge_again() {
    cache_.forget_verdicts(store_, *wanted_);
    retired_.forget_verdicts(store_, *wanted_);
    judged_ = version();
}

Status Scraper::stage(PageParser& parser, TimePoint now) {
    staged_.clear();
    fresh_.clear();
    series_on_page_ = 0;
    series_added_ = 0;
    SeriesCache::Index guess = cache_.first;
    for (;;) {
        if (guess == SeriesCache::none || !stage_known(parser, guess, now)) {
            const auto entry = parser.next();
            if (!entry) {
                return fail(entry.error());
            }
            if (*entry == Entry::eof) {
                return {};
            }
            stage_parsed(parser, *entry, now);
        }
        if (series_on_page_ > spec_.sample_limit) {
            return fail(ErrorCode::out_of_capacity,
                        "it has more than " + std::to_string(spec_.sample_limit) +
                            " samples, the source's sample_limit: refused whole");
        }
        const SeriesCache::Index taken = staged_.back().line;
        guess = taken < cache_.size() ? cache_.line(taken).next : SeriesCache::none;
    }
}

bool Scraper::stage_known(PageParser& parser, SeriesCache::Index guess, TimePoint now) {
    if (!cache_.line(guess).is_series) {
        if (!parser.skip_known(cache_.key(guess))) {
            return false;
        }
        stage_metadata(guess, now);
        return true;
    }
    if (!parser.next_known(cache_.key(guess))) {
        return false;
    }
    stage_sample(parser, guess, now);
    return true;
}

void Scraper::stage_parsed(const PageParser& parser, Entry entry, TimePoint now) {
    const bool is_series = entry == Entry::series;
    const std::string_view key = is_series ? parser.key() : parser.line();
    SeriesCache::Index line = cache_.find(key);
    if (line == SeriesCache::none) {
        line = cache_.size() + static_cast<SeriesCache::Index>(fresh_.size());
        fresh_.push_back({.key = key, .labels = {}, .is_series = is_series});
        if (is_series) {
            fresh_.back().labels = with_target_labels(parser, target_labels_, spec_.honor_labels);
            ++series_added_;
        }
    }
    if (is_series) {
        stage_sample(parser, line, now);
    } else {
        stage_metadata(line, now);
    }
}

void Scraper::stage_metadata(SeriesCache::Index line, TimePoint now) {
    staged_.push_back({.line = line, .is_stamped = false, .at = now, .value = 0.0});
}

void Scraper::stage_sample(const PageParser& parser, SeriesCache::Index line, TimePoint now) {
    const auto stamp = spec_.honor_timestamps ? parser.timestamp_ms() : std::nullopt;
    ++series_on_page_;
    staged_.push_back({.line = line,
                       .is_stamped = stamp.has_value(),
                       .at = stamp ? TimePoint{Duration{*stamp}} : now,
                       .value = parser.value()});
}

Status Scraper::intern_fresh() {
    for (Fresh& fresh : fresh_) {
        fresh.is_stored = fresh.is_series && (!wanted_ || wanted_->matches(fresh.labels));
        if (!fresh.is_stored) {
            continue;
        }
        const std::uint64_t created = store_.counts().created;
        const auto id = store_.intern(fresh.labels, group_);
        if (!id) {
            take_fresh_back();
            return fail(id.error());
        }
        fresh.id = *id;
        fresh.is_made = store_.counts().created != created;
    }
    return {};
}

// The page is refused whole: what it would have added is not to stand in other targets' way.
void Scraper::take_fresh_back() {
    for (const Fresh& fresh : fresh_) {
        if (fresh.is_made) {
            store_.take_back(fresh.id);
        }
    }
}

void Scraper::commit(TimePoint now) {
    for (const Fresh& fresh : fresh_) {
        cache_.add(fresh.key,
                   {.id = fresh.id, .is_series = fresh.is_series, .is_stored = fresh.is_stored});
    }
    SeriesCache::Index* link = &cache_.first;
    for (const Staged& staged : staged_) {
        *link = staged.line;
        SeriesCache::Line& line = cache_.line(staged.line);
        line.page = page_;
        link = &line.next;
        if (line.is_stored) {
            commit_sample(staged, line, now);
        }
    }
    *link = SeriesCache::none;
    end_vanished(now);
    cache_.compact(page_);
}

void Scraper::commit_sample(const Staged& staged, SeriesCache::Line& line, TimePoint now) {
    line.is_stamped = staged.is_stamped;
    line.is_ended = false;
    if (staged.at < TimePoint{} || staged.at > now + furthest_ahead) {
        store_.count_out_of_range();
    } else if (staged.at > now) {
        append_ahead(staged, line, now);
    } else if (line.ahead == 0 || line.ahead != mark_of(staged.at)) {
        line.ahead = 0;
        store_.append(line.id, staged.at, staged.value);
    }
}

void Scraper::append_ahead(const Staged& staged, SeriesCache::Line& line, TimePoint now) {
    if (line.ahead != mark_of(staged.at)) {
        line.ahead = mark_of(staged.at);
        store_.count_clamped();
        store_.append(line.id, now, staged.value);
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
    if (!store_.contains(kept.id)) {
        Labels labels = target_labels_;
        labels.push_back({.name = std::string{metric_name_label}, .value = kept.name});
        const auto id = store_.intern(normalised(std::move(labels)));
        if (!id) {
            return;
        }
        kept.id = *id;
    }
    store_.append(kept.id, now, value);
}

}  // namespace tided::metrics
