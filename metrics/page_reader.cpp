#include "metrics/page_reader.h"

#include <utility>

#include "metrics/bytes.h"
#include "metrics/characters.h"
#include "metrics/decimal.h"

namespace tided::metrics {
namespace {

constexpr std::uint32_t strict_period = 100;

// After so many moved lines in a row the page is taken for shuffled: only every so many-th guess is
// tried, for each wrong one costs a walk to memory.
constexpr std::size_t any_number = SIZE_MAX;
constexpr unsigned shuffled_after = 8;
constexpr unsigned shuffled_period = 16;

}  // namespace

PageReader::PageReader(SeriesCache& cache, const Wanted* wanted, std::uint32_t phase, Room& room)
    : cache_(cache), room_(room), unwanted_(wanted), next_period_(1 + phase % strict_period) {}

Status PageReader::read(Format format,
                        std::string_view page,
                        std::uint32_t number,
                        std::size_t sample_limit) {
    is_strict_ = is_strict_ || format != format_ || until_strict_ == 0;
    format_ = format;
    number_ = number;
    sample_limit_ = sample_limit;
    parser_ = &begin(format, page);
    end_ = page.data() + page.size();
    Status all = read_all();
    if (!all && !is_strict_) {  // perhaps a line end inside a label misled the skipping
        is_strict_ = true;
        parser_->seek(page.data());
        all = read_all();
    }
    parser_ = nullptr;
    if (is_strict_ && all) {
        until_strict_ = std::exchange(next_period_, strict_period);
    }
    was_strict_ = is_strict_;
    until_strict_ -= until_strict_ > 0 ? 1U : 0U;
    is_strict_ = !all;
    return all;
}

PageParser& PageReader::begin(Format format, std::string_view page) {
    if (format == Format::openmetrics) {
        return room_.parser.emplace<OpenMetricsParser>(page);
    }
    return room_.parser.emplace<ExpositionParser>(page);
}

Status PageReader::read_all() {
    room_.staged.clear();
    room_.stamps.clear();
    room_.fresh.clear();
    room_.labels.clear();
    samples_ = 0;
    moves_ = 0;
    unwanted_.begin(end_);
    last_ = SeriesCache::none;
    guess_ = cache_.first;
    if (is_strict_) {
        bad_ = {};
    }
    for (;;) {
        if (!take_next()) {
            const auto more = take_parsed();
            if (!more || !*more) {
                return more ? Status{} : fail(more.error());
            }
        }
        if (samples_ > sample_limit_) {
            return fail(ErrorCode::out_of_capacity,
                        "it has more than " + std::to_string(sample_limit_) +
                            " samples, the source's sample_limit: refused whole");
        }
    }
}

// Whether the next line, or more of them, could be taken without the parser.
bool PageReader::take_next() {
    if (moves_ < shuffled_after || moves_ % shuffled_period == 0) {
        if (take_in_step(any_number) > 0) {
            moves_ = 0;
            return true;
        }
    }
    return !is_strict_ && (step_over_unwanted() || take_moved());
}

// Takes lines as long as each is the one guessed; gives how many.
std::size_t PageReader::take_in_step(std::size_t most) {
    const char* at = parser_->position();
    std::size_t taken = 0;
    for (; guess_ != SeriesCache::none && taken < most; ++taken) {
        const SeriesCache::Line& line = cache_.line(guess_);
        const auto size = static_cast<std::ptrdiff_t>(line.size);
        if (end_ - at < size + 3 || at[size] != ' ' ||
            !bytes::equal(at, cache_.bytes(line), line.size)) {
            break;
        }
        if (const char* const next = take_value(at + size + 1, line)) {
            at = next;
            continue;
        }
        parser_->seek(at);
        if (!take_known()) {
            break;
        }
        at = parser_->position();
    }
    parser_->seek(at);
    return taken;
}

// Stages the value at `at` of the line guessed. Gives the start of the next line; null when only
// the parser can tell.
const char* PageReader::take_value(const char* at, const SeriesCache::Line& line) {
    if (!line.is_stored && !is_strict_ && format_ == Format::text) {
        const char* const stop = bytes::find(at, end_, '\n');
        if (stop == end_) {
            return nullptr;
        }
        ++samples_;
        follow(guess_);
        return stop + 1;
    }
    double value = 0.0;
    const char* const stop = read_decimal(at, end_, value);
    if (stop == nullptr || stop == end_) {
        return nullptr;
    }
    if (*stop == '\n') {
        stage(guess_, value, 0);
        return stop + 1;
    }
    const char* const next = *stop == ' ' ? take_stamp(stop + 1) : nullptr;
    if (next != nullptr) {
        stage(guess_, value, static_cast<std::uint32_t>(room_.stamps.size()));
    }
    return next;
}

// A text page's timestamp, digits to the end of the line. OpenMetrics' are the parser's.
const char* PageReader::take_stamp(const char* at) {
    constexpr std::ptrdiff_t most_digits = 18;
    std::uint64_t stamp = 0;
    const char* const stop = decimal::read_digits(at, end_, stamp);
    if (format_ != Format::text || stop == at || stop - at > most_digits || stop == end_ ||
        *stop != '\n') {
        return nullptr;
    }
    room_.stamps.push_back(static_cast<std::int64_t>(stamp));
    return stop + 1;
}

// The line guessed, with a value or timestamp that is the parser's to read.
bool PageReader::take_known() {
    if (!parser_->next_known(cache_.key(guess_))) {
        return false;
    }
    if (const auto stamp = parser_->timestamp_ms()) {
        room_.stamps.push_back(*stamp);
    }
    stage(guess_,
          parser_->value(),
          parser_->timestamp_ms() ? static_cast<std::uint32_t>(room_.stamps.size()) : 0U);
    return true;
}

void PageReader::stage(SeriesCache::Index line, double value, std::uint32_t stamp) {
    ++samples_;
    ends_stamped_ = stamp != 0;
    if (line >= cache_.size() || cache_.line(line).is_stored) {
        room_.staged.push_back({.value = value, .line = line, .stamp = stamp});
    }
    follow(line);
}

// What followed this line last time is the next guess; a line that is not in the cache yet takes
// the place before the guess there was.
void PageReader::follow(SeriesCache::Index line) {
    if (line < cache_.size()) {
        SeriesCache::Line& known = cache_.line(line);
        known.page = number_;
        guess_ = known.next;
    }
    last_ = line;
}

bool PageReader::step_over_unwanted() {
    const char* const start = parser_->position();
    parser_->seek(unwanted_.step_over(start, samples_));
    return parser_->position() != start;
}

// Takes lines that are known but moved: one, or as many as lie ahead when most have moved.
bool PageReader::take_moved() {
    const std::size_t count = look_ahead(moves_ < shuffled_after ? 1 : ahead_.size());
    for (std::size_t i = 0; i < count; ++i) {
        const SeriesCache::Index before = last_;
        guess_ = ahead_[i];
        if (take_in_step(1) == 0) {
            return i > 0;
        }
        ++moves_;
        link(before, ahead_[i]);
    }
    return count > 0;
}

// Guesses the lines to come by their bytes up to the last space, or to the one before it where
// lines carry timestamps; gives how many. Each step fetches what the next one looks at, for all
// lines at once: a line's slot, its entry, its key.
std::size_t PageReader::look_ahead(std::size_t lines) {
    std::array<std::uint64_t, 16> hashes{};
    const char* at = parser_->position();
    std::size_t count = 0;
    for (; count < lines && at < end_ && *at != '#'; ++count) {
        const char* const stop = bytes::find(at, end_, '\n');
        const char* const key_end = stop == end_ ? nullptr : key_end_of(at, stop);
        if (key_end == nullptr) {
            break;
        }
        hashes[count] = cache_.prefetch(view(at, key_end));
        at = stop + 1;
    }
    for (std::size_t i = 0; i < count; ++i) {
        ahead_[i] = cache_.probe(hashes[i]);
        if (ahead_[i] == SeriesCache::none) {
            count = i;
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        cache_.prefetch_key(ahead_[i]);
    }
    return count;
}

const char* PageReader::key_end_of(const char* at, const char* stop) const {
    for (int spaces = ends_stamped_ ? 2 : 1; spaces > 0; --spaces) {
        do {
            if (--stop <= at) {
                return nullptr;
            }
        } while (*stop != ' ');
    }
    return stop;
}

// From now on `line` is the guess after `before`, when that is in the cache.
void PageReader::link(SeriesCache::Index before, SeriesCache::Index line) {
    if (before == SeriesCache::none) {
        cache_.first = line;
    } else if (before < cache_.size()) {
        cache_.line(before).next = line;
    }
}

// Whether there was a line left for the parser.
Result<bool> PageReader::take_parsed() {
    const char* const start = parser_->position();
    const auto entry = parser_->next();
    if (!entry) {
        if (const Status passed = pass_over(start, entry.error()); !passed) {
            return fail(passed.error());
        }
        return true;
    }
    if (*entry == Entry::series) {
        stage_parsed();
    }
    return *entry != Entry::eof;
}

// A bad line that nobody wants: metadata, or a series by its name. An "# EOF" is everybody's.
Status PageReader::pass_over(const char* line_start, Error error) {
    using namespace characters;
    const char* const stop = bytes::find(line_start, end_, '\n');
    const bool is_metadata =
        view(line_start, stop).starts_with("# ") && !view(line_start, stop).starts_with("# EOF");
    const std::string_view name = view(line_start, skip(line_start, stop, name_inside));
    const bool is_unwanted =
        is_metadata ? unwanted_.are_possible() : !name.empty() && unwanted_.are_of(name);
    if (stop == end_ || !is_unwanted) {
        return fail(std::move(error));
    }
    if (bad_.lines++ == 0) {
        bad_.first = std::move(error.message);
    }
    parser_->seek(stop + 1);
    return {};
}

void PageReader::stage_parsed() {
    if (unwanted_.are_of(parser_->raw_name())) {
        ++samples_;
        return;
    }
    SeriesCache::Index line = cache_.find(parser_->key());
    const bool is_new = line == SeriesCache::none;
    if (is_new) {
        line = cache_.size() + static_cast<SeriesCache::Index>(room_.fresh.size());
        const std::vector<RawLabel>& labels = parser_->raw_labels();
        room_.fresh.push_back({.key = parser_->key(),
                               .name = parser_->raw_name(),
                               .is_plain = parser_->is_plain(),
                               .first_label = static_cast<std::uint32_t>(room_.labels.size()),
                               .label_count = static_cast<std::uint32_t>(labels.size()),
                               .after = last_});
        room_.labels.insert(room_.labels.end(), labels.begin(), labels.end());
    } else {
        link(last_, line);
    }
    const auto stamp = parser_->timestamp_ms();
    if (stamp) {
        room_.stamps.push_back(*stamp);
    }
    stage(line, parser_->value(), stamp ? static_cast<std::uint32_t>(room_.stamps.size()) : 0U);
}

}  // namespace tided::metrics
