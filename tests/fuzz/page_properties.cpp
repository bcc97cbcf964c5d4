#include "tests/fuzz/page_properties.h"

#include <bit>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "metrics/page_dump.h"
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
            if (guess.entry != Entry::series && parser->skip_known(guess.key)) {
                reading.entries.push_back(
                    {.entry = guess.entry, .key = guess.key, .timestamp_ms = {}});
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

void check_scraper(Format format, std::string_view page, const Reading& reading) {
    const TimePoint start{std::chrono::hours{1000}};
    ScrapeSpec spec;
    spec.name = "fuzz";
    const Page answer{.status = 200,
                      .content_type = format == Format::openmetrics ? "application/openmetrics-text"
                                                                    : "text/plain",
                      .body = std::string{page}};
    Store stamped_store;
    Scraper stamped{spec, {.url = "http://h", .instance = "h"}, stamped_store};
    static_cast<void>(stamped.take(answer, start));
    spec.honor_timestamps = false;
    Store store;
    Scraper scraper{spec, {.url = "http://h", .instance = "h"}, store};
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
    check_scraper(format, page, reading);
}

}  // namespace tided::metrics::test
