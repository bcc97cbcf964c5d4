// bench_parse PAGE...: what one sample of each exposition page costs.
//
//   limit     what the processor needs: memchr for each line's end, from_chars for each value
//   walk      every entry read by the strict parser, no labels built (Prometheus' token walk)
//   labels    the same, with the labels of every series built
//   cold      a new scraper takes the page: every series is new to the store
//   read      pages whose values all changed, read and staged; lines in the same order
//   shuffled  the same, lines in another order on every page
//   few       the same pages when an expression wants one metric of them, the last
//   same      the scraper takes the page again into its store, nothing changed
//   moving    the same, with pages whose values all changed
//
// Counters: seconds_per_sample (CPU), allocations_per_sample. A scrape's samples go into a store
// that keeps ten of them. Everything is warm in cache: quote it beside other parsers measured so.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>
#include <sstream>
#include <utility>

#include <benchmark/benchmark.h>

#include "metrics/number.h"
#include "metrics/page_dump.h"
#include "metrics/page_reader.h"
#include "metrics/scraper.h"
#include "tests/bench/allocations.h"

namespace {

using namespace tided;
using namespace tided::metrics;

constexpr Duration interval = std::chrono::seconds{1};
constexpr int variants = 8;

struct Content {
    std::string name;
    std::string text;
    Format format = Format::text;
    std::size_t samples = 0;
};

std::size_t samples_of(const Content& content) {
    const auto parser = make_parser(content.format, content.text);
    std::size_t samples = 0;
    for (auto entry = parser->next(); entry && *entry != Entry::eof; entry = parser->next()) {
        samples += *entry == Entry::series ? 1U : 0U;
    }
    return samples;
}

Page answer_of(const Content& content, std::string body) {
    return {.status = 200,
            .content_type = content.format == Format::openmetrics ? "application/openmetrics-text"
                                                                  : "text/plain",
            .body = std::move(body)};
}

// The page with every value replaced by one of the same size of magnitude, as counters move.
std::string moved(const Content& content, int variant) {
    std::istringstream lines{content.text};
    std::string page;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.rfind(' ');
        if (!line.empty() && line.front() != '#' && space != std::string::npos) {
            const auto value = parse_number(std::string_view{line}.substr(space + 1));
            line.resize(space + 1);
            append_number(line, value.value_or(0.0) + variant);
        }
        page += line + "\n";
    }
    return page;
}

std::string shuffled(const std::string& text, unsigned seed) {
    std::istringstream input{text};
    std::vector<std::string> lines;
    std::string last;
    for (std::string line; std::getline(input, line);) {
        (line == "# EOF" ? last : lines.emplace_back()) = line;
    }
    std::shuffle(lines.begin(), lines.end(), std::mt19937{seed});
    std::string page;
    for (const std::string& line : lines) {
        page += line + "\n";
    }
    return last.empty() ? page : page + last + "\n";
}

void count(benchmark::State& state, const Content& content, std::size_t allocations) {
    const auto samples = static_cast<double>(content.samples);
    const auto pages = static_cast<double>(state.iterations());
    state.counters["seconds_per_sample"] = benchmark::Counter(
        samples * pages, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["allocations_per_sample"] = static_cast<double>(allocations) / (samples * pages);
    state.SetBytesProcessed(static_cast<std::int64_t>(content.text.size()) *
                            static_cast<std::int64_t>(state.iterations()));
}

void walk(benchmark::State& state, const Content& content, bool build_labels) {
    const std::size_t before = bench::allocations();
    for (auto _ : state) {
        const auto parser = make_parser(content.format, content.text);
        for (auto entry = parser->next(); entry && *entry != Entry::eof; entry = parser->next()) {
            if (build_labels && *entry == Entry::series) {
                benchmark::DoNotOptimize(parser->labels());
            }
            benchmark::DoNotOptimize(parser->value());
        }
    }
    count(state, content, bench::allocations() - before);
}

struct Target {
    ScrapeSpec spec;
    Store store;
    std::unique_ptr<Scraper> scraper;
    TimePoint now{std::chrono::hours{1000}};

    Target() {
        spec.name = "bench";
        store.keep(interval * 10);
        scraper = std::make_unique<Scraper>(
            spec,
            metrics::Target{.url = "http://h/metrics",
                            .labels = {{"instance", "h:1"}, {"job", "bench"}}},
            store);
    }
    void take(const Result<Page>& page) {
        const Fetched fetched = scraper->take(page, now);
        if (!fetched.status) {
            std::cerr << fetched.status.error().message << "\n";
            std::exit(1);
        }
        now += interval;
    }
};

void cold(benchmark::State& state, const Content& content) {
    const Result<Page> page = answer_of(content, content.text);
    std::size_t allocated = 0;
    for (auto _ : state) {
        state.PauseTiming();
        auto target = std::make_unique<Target>();
        const std::size_t before = bench::allocations();
        state.ResumeTiming();
        target->take(page);
        state.PauseTiming();
        allocated += bench::allocations() - before;
        target.reset();
        state.ResumeTiming();
    }
    count(state, content, allocated);
}

void warm(benchmark::State& state, const Content& content, const std::vector<Result<Page>>& pages) {
    Target target;
    for (int round = 0; round < 4; ++round) {
        for (const Result<Page>& page : pages) {
            target.take(page);
        }
    }
    std::size_t next = 0;
    const std::size_t before = bench::allocations();
    for (auto _ : state) {
        target.take(pages[next]);
        next = (next + 1) % pages.size();
    }
    count(state, content, bench::allocations() - before);
}

// A reader and its cache, without a store behind them.
struct Reading {
    SeriesCache cache;
    PageReader::Room room;
    std::unique_ptr<PageReader> reader;
    std::uint32_t number = 0;

    explicit Reading(const Wanted* wanted)
        : reader(std::make_unique<PageReader>(cache, wanted, 0, room)) {}

    void take(const Content& content, const Page& page) {
        const Status read = reader->read(content.format, page.body, ++number, SIZE_MAX);
        if (!read) {
            std::cerr << read.error().message << "\n";
            std::exit(1);
        }
        for (const PageReader::Fresh& fresh : reader->fresh()) {
            const SeriesCache::Index added = cache.size();
            cache.add(fresh.key, {.page = number, .is_stored = true});
            auto& link =
                fresh.after == SeriesCache::none ? cache.first : cache.line(fresh.after).next;
            cache.line(added).next = std::exchange(link, added);
        }
    }
};

void read(benchmark::State& state,
          const Content& content,
          const std::vector<Result<Page>>& pages,
          const Wanted* wanted) {
    Reading reading{wanted};
    for (int round = 0; round < 4; ++round) {
        for (const Result<Page>& page : pages) {
            reading.take(content, *page);
        }
    }
    std::size_t next = 0;
    const std::size_t before = bench::allocations();
    for (auto _ : state) {
        reading.take(content, *pages[next]);
        next = (next + 1) % pages.size();
    }
    count(state, content, bench::allocations() - before);
}

void limit(benchmark::State& state, const Content& content) {
    const char* const end = content.text.data() + content.text.size();
    for (auto _ : state) {
        double sum = 0.0;
        for (const char* at = content.text.data(); at < end;) {
            const auto* stop =
                static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
            const char* value = stop;
            while (value > at && value[-1] != ' ') {
                --value;
            }
            double number = 0.0;
            std::from_chars(value, stop, number);
            sum += *at == '#' ? 0.0 : number;
            at = stop + 1;
        }
        benchmark::DoNotOptimize(sum);
    }
    count(state, content, 0);
}

// The name of the page's last series.
std::shared_ptr<Wanted> last_name_of(const Content& content) {
    const auto parser = make_parser(content.format, content.text);
    std::string name;
    for (auto entry = parser->next(); entry && *entry != Entry::eof; entry = parser->next()) {
        name = *entry == Entry::series ? std::string{parser->raw_name()} : name;
    }
    auto wanted = std::make_shared<Wanted>();
    wanted->set({{Matcher::make("__name__", MatchOp::equal, name).value()}});
    return wanted;
}

void add(const Content& content) {
    std::vector<Result<Page>> moving;
    std::vector<Result<Page>> shuffling;
    for (int variant = 0; variant < variants; ++variant) {
        const std::string text = moved(content, variant);
        moving.emplace_back(answer_of(content, text));
        shuffling.emplace_back(answer_of(content, shuffled(text, static_cast<unsigned>(variant))));
    }
    const std::vector<Result<Page>> same{answer_of(content, content.text)};
    const auto few = last_name_of(content);
    const auto bench = [&](const char* what, auto run) {
        benchmark::RegisterBenchmark((std::string{what} + "/" + content.name).c_str(), run);
    };
    using State = benchmark::State;
    bench("limit", [=](State& s) { limit(s, content); });
    bench("walk", [=](State& s) { walk(s, content, false); });
    bench("labels", [=](State& s) { walk(s, content, true); });
    bench("cold", [=](State& s) { cold(s, content); });
    bench("read", [=](State& s) { read(s, content, moving, nullptr); });
    bench("shuffled", [=](State& s) { read(s, content, shuffling, nullptr); });
    bench("few", [=](State& s) { read(s, content, moving, few.get()); });
    bench("same", [=](State& s) { warm(s, content, same); });
    bench("moving", [=](State& s) { warm(s, content, moving); });
}

bool add_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        std::cerr << path << ": error: cannot be read\n";
        return false;
    }
    Content content{.name = path.substr(path.rfind('/') + 1),
                    .text = {std::istreambuf_iterator<char>{file}, {}}};
    content.format = guessed_format(content.text);
    content.samples = samples_of(content);
    add(content);
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (argc < 2) {
        std::cerr << "usage: bench_parse [--benchmark_...] PAGE...\n";
        return 2;
    }
    for (int i = 1; i < argc; ++i) {
        if (!add_file(argv[i])) {
            return 3;
        }
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
