// bench_store PAGE... [ROUNDS]: what samples and series take in memory.
//
// The pages are one target's, scraped one after the other at an even interval; ROUNDS goes through
// them so many times, with the values as they are. Prints, for the store alone, what its own count
// says and what the allocator says, a series and a sample:
//
//   bytes = series * fixed + samples * each     fixed: measured with one sample a series
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <malloc.h>

#include "metrics/page_dump.h"
#include "metrics/scraper.h"

namespace {

using namespace tided;
using namespace tided::metrics;

struct PageCost {
    std::size_t series = 0;
    std::size_t samples = 0;
    std::size_t counted = 0;    ///< by the store
    std::size_t allocated = 0;  ///< by the allocator
};

std::size_t allocated() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

// Labels and samples of the pages in a new store, without the scraper and its cache.
PageCost measure(const std::vector<std::string>& pages, std::size_t scrapes) {
    const std::size_t before = allocated();
    Store store;
    store.keep(std::chrono::hours{24 * 365});
    TimePoint now{std::chrono::hours{500'000}};
    SeriesLabels labels{
        {{.name = "instance", .value = "10.0.0.1:9100"}, {.name = "job", .value = "node"}}, false};
    for (std::size_t scrape = 0; scrape < scrapes; ++scrape) {
        const std::string& page = pages[scrape % pages.size()];
        const auto parser = make_parser(guessed_format(page), page);
        for (auto entry = parser->next(); entry && *entry != Entry::eof; entry = parser->next()) {
            if (*entry == Entry::series) {
                const auto id = store.intern(
                    labels.of(parser->raw_name(), parser->raw_labels(), parser->is_plain()));
                store.append(*id, now, parser->value());
            }
        }
        now += std::chrono::seconds{15};
    }
    return {.series = store.size(),
            .samples = store.counts().appended,
            .counted = store.bytes(),
            .allocated = allocated() - before};
}

void print(const char* what,
           std::size_t first,
           std::size_t all,
           const PageCost& one,
           const PageCost& many) {
    const auto series = static_cast<double>(many.series);
    const auto more = static_cast<double>(many.samples - one.samples);
    std::cout << what << ": " << static_cast<double>(first) / series
              << " B a series with one sample, "
              << (static_cast<double>(all) - static_cast<double>(first)) / more
              << " B a further sample, " << static_cast<double>(all) << " B in all\n";
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> pages;
    std::size_t scrapes = 0;
    for (int i = 1; i < argc; ++i) {
        std::ifstream file{argv[i], std::ios::binary};
        if (file) {
            pages.emplace_back(std::istreambuf_iterator<char>{file},
                               std::istreambuf_iterator<char>{});
        } else {
            scrapes = std::strtoul(argv[i], nullptr, 10);
        }
    }
    if (pages.empty()) {
        std::cerr << "usage: bench_store PAGE... [SCRAPES]\n";
        return 2;
    }
    const PageCost one = measure(pages, 1);
    const PageCost many = measure(pages, scrapes > 0 ? scrapes : pages.size());
    std::cout << many.series << " series, " << many.samples << " samples\n";
    print("counted", one.counted, many.counted, one, many);
    print("allocated", one.allocated, many.allocated, one, many);
    return 0;
}
