#include "tests/fuzz/page_properties.h"

#include <array>
#include <bit>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "metrics/page_dump.h"
#include "metrics/page_reader.h"
#include "metrics/scraper.h"
#include "metrics/utf8.h"

namespace tided::metrics::test {
namespace {

void require(bool holds, const char* property) {
    if (!holds) {
        std::fprintf(stderr, "property broken: %s\n", property);
        std::abort();
    }
}

struct Read {
    Entry entry = Entry::eof;
    std::string key;  ///< of series; else the line
    std::uint64_t value = 0;
    std::optional<std::int64_t> timestamp_ms;

    friend bool operator==(const Read&, const Read&) = default;
};

struct Reading {
    std::vector<Read> entries;
    std::string error;

    friend bool operator==(const Reading&, const Reading&) = default;
};

bool is_positioned(const std::string& message) {
    std::size_t at = 0;
    for (int number = 0; number < 2; ++number) {
        const std::size_t start = at;
        while (at < message.size() && std::isdigit(static_cast<unsigned char>(message[at])) != 0) {
            ++at;
        }
        if (at == start || at == message.size() || message[at] != ':') {
            return false;
        }
        ++at;
    }
    return message.substr(at).starts_with(" expected ") && message.find(", got ") != message.npos;
}

Read read_of(const PageParser& parser, Entry entry) {
    if (entry != Entry::series) {
        return {.entry = entry, .key = std::string{parser.line()}, .timestamp_ms = {}};
    }
    return {.entry = entry,
            .key = std::string{parser.key()},
            .value = std::bit_cast<std::uint64_t>(parser.value()),
            .timestamp_ms = parser.timestamp_ms()};
}

void check_labels(const PageParser& parser) {
    const Labels labels = parser.labels();
    for (std::size_t i = 0; i < labels.size(); ++i) {
        require(!labels[i].name.empty() && !labels[i].value.empty(), "no empty label");
        require(i == 0 || labels[i - 1].name < labels[i].name, "labels sorted and unique");
        require(valid_utf8_prefix(labels[i].name) == labels[i].name.size(), "names are UTF-8");
        require(valid_utf8_prefix(labels[i].value) == labels[i].value.size(), "values are UTF-8");
    }
}

Reading read_freshly(Format format, std::string_view page) {
    const auto parser = make_parser(format, page);
    Reading reading;
    for (;;) {
        const auto entry = parser->next();
        if (!entry) {
            reading.error = entry.error().message;
            require(is_positioned(reading.error), "an error has a position, a wish and a find");
            return reading;
        }
        if (*entry == Entry::eof) {
            return reading;
        }
        if (*entry == Entry::series) {
            check_labels(*parser);
        }
        reading.entries.push_back(read_of(*parser, *entry));
        require(reading.entries.size() <= page.size(), "every entry takes a byte at least");
    }
}

// Offers the parser what the first reading found, line by line.
Reading read_knowingly(Format format, std::string_view page, const Reading& first) {
    const auto parser = make_parser(format, page);
    Reading reading;
    for (;;) {
        const std::size_t index = reading.entries.size();
        if (index < first.entries.size()) {
            const Read& guess = first.entries[index];
            if (guess.entry == Entry::series && parser->next_known(guess.key)) {
                reading.entries.push_back({.entry = Entry::series,
                                           .key = guess.key,
                                           .value = std::bit_cast<std::uint64_t>(parser->value()),
                                           .timestamp_ms = parser->timestamp_ms()});
                continue;
            }
        }
        const auto entry = parser->next();
        if (!entry) {
            reading.error = entry.error().message;
            return reading;
        }
        if (*entry == Entry::eof) {
            return reading;
        }
        reading.entries.push_back(read_of(*parser, *entry));
    }
}

// What a reader staged of a page, as text: "key value stamp" a line.
std::string staged(const PageReader& reader, const SeriesCache& cache) {
    std::string text;
    for (const PageReader::Sample& sample : reader.staged()) {
        text += sample.line < cache.size() ? cache.key(sample.line)
                                           : reader.fresh()[sample.line - cache.size()].key;
        text += ' ' + std::to_string(std::bit_cast<std::uint64_t>(sample.value)) + ' ' +
                (sample.stamp == 0 ? "-" : std::to_string(reader.stamp_ms(sample.stamp))) + '\n';
    }
    return text;
}

void remember(const PageReader& reader, SeriesCache& cache) {
    for (const PageReader::Fresh& fresh : reader.fresh()) {
        const SeriesCache::Index added = cache.size();
        cache.add(fresh.key, {.is_stored = true});
        auto& link = fresh.after == SeriesCache::none ? cache.first : cache.line(fresh.after).next;
        cache.line(added).next = std::exchange(link, added);
    }
}

// A reader that knows `before`, and one that knows nothing, read `page`: what the strict one takes,
// the other takes likewise.
void check_reader(Format format,
                  std::string_view before,
                  std::string_view page,
                  const Wanted* wanted) {
    SeriesCache known;
    PageReader::Room room;
    PageReader reader{known, wanted, 50, room};
    if (reader.read(format, before, 1, SIZE_MAX)) {
        remember(reader, known);
    }
    SeriesCache nothing;
    PageReader::Room other_room;
    PageReader strict{nothing, wanted, 50, other_room};
    if (!strict.read(format, page, 1, SIZE_MAX)) {
        return;
    }
    require(reader.read(format, page, 2, SIZE_MAX).has_value(), "known lines do not spoil a page");
    require(reader.samples() == strict.samples() || strict.bad().lines > 0,
            "known and new, the same number of samples");
    require(staged(reader, known) == staged(strict, nothing), "known and new, the same samples");
}

// The page as it is and with its halves in the other order, to readers that want all of it and to
// those that want one name.
void check_readers(Format format, std::string_view page, const Reading& reading) {
    const std::size_t half = page.find('\n', page.size() / 2);
    std::string turned{page};
    if (format == Format::text && half != std::string_view::npos) {
        turned = std::string{page.substr(half + 1)};
        turned += turned.empty() || turned.back() == '\n' ? "" : "\n";
        turned += page.substr(0, half + 1);
    }
    Wanted wanted;
    if (!reading.entries.empty()) {
        const std::string& key = reading.entries.back().key;
        const std::string name = key.substr(0, key.find_first_of("{ "));
        wanted.set({{Matcher::make("__name__", MatchOp::equal, name).value()}});
    }
    for (const Wanted* const some : std::array<const Wanted*, 2>{nullptr, &wanted}) {
        check_reader(format, page, page, some);
        check_reader(format, page, turned, some);
        check_reader(format, turned, page, some);
    }
}

void check_scraper(Format format, std::string_view page, const Reading& reading) {
    const TimePoint start{std::chrono::hours{1000}};
    ScrapeSpec spec;
    spec.name = "fuzz";
    const Page answer{.status = 200,
                      .content_type = format == Format::openmetrics ? "application/openmetrics-text"
                                                                    : "text/plain",
                      .body = std::string{page}};
    Store stamped_store;
    Scraper stamped{
        spec, {.url = "http://h", .labels = {{"instance", "h"}, {"job", "fuzz"}}}, stamped_store};
    static_cast<void>(stamped.take(answer, start));
    spec.honor_timestamps = false;
    Store store;
    Scraper scraper{
        spec, {.url = "http://h", .labels = {{"instance", "h"}, {"job", "fuzz"}}}, store};
    const Fetched first = scraper.take(answer, start);
    const bool is_html = !first.status && reading.error.empty();
    const std::uint64_t created = store.counts().created;
    const std::uint64_t appended = store.counts().appended;
    const Fetched second = scraper.take(answer, start + std::chrono::seconds{1});
    require(first.status.has_value() == (reading.error.empty() && !is_html), "the scraper agrees");
    require(second.status.has_value() == first.status.has_value(), "twice the same outcome");
    require(second.samples == first.samples, "twice the same samples");
    require(store.counts().created == created, "no new series the second time");
    require(store.counts().appended == 2 * appended, "twice the same appends");
}

}  // namespace

void check_page(Format format, std::string_view page) {
    const Reading reading = read_freshly(format, page);
    require(read_knowingly(format, page, reading) == reading, "the known path reads the same");
    std::string dump;
    const Status dumped = parse_to_json_lines(page, format, "page", dump);
    require(dumped.has_value() == reading.error.empty(), "the dump agrees");
    check_readers(format, page, reading);
    check_scraper(format, page, reading);
}

}  // namespace tided::metrics::test
