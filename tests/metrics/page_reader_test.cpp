// PageReader: what it takes of a page it knows, a moved one, one that nobody wants, and a bad one.
#include "metrics/page_reader.h"

#include <utility>

#include <doctest/doctest.h>

#include "metrics/number.h"

using namespace tided;
using namespace tided::metrics;

namespace {

Wanted wanted_names(const std::vector<std::string>& names) {
    std::vector<Wanted::Selector> selectors;
    for (const std::string& name : names) {
        selectors.push_back({Matcher::make("__name__", MatchOp::equal, name).value()});
    }
    Wanted wanted;
    wanted.set(selectors);
    return wanted;
}

struct Rig {
    SeriesCache cache;
    PageReader::Room room;
    PageReader reader;
    Format format;
    std::uint32_t number = 0;

    explicit Rig(const Wanted* wanted = nullptr, Format with = Format::text)
        : reader(cache, wanted, 9, room), format(with) {}

    // "key=value@stamp key=value", or the error.
    std::string read(std::string_view page, std::size_t limit = 100) {
        if (const Status status = reader.read(format, page, ++number, limit); !status) {
            return status.error().message;
        }
        std::string text;
        for (const PageReader::Sample& sample : reader.staged()) {
            text += text.empty() ? "" : " ";
            text += sample.line < cache.size() ? cache.key(sample.line)
                                               : reader.fresh()[sample.line - cache.size()].key;
            text += "=" + format_number(sample.value);
            text += sample.stamp == 0 ? "" : "@" + std::to_string(reader.stamp_ms(sample.stamp));
        }
        for (const PageReader::Fresh& fresh : reader.fresh()) {
            const SeriesCache::Index added = cache.size();
            cache.add(fresh.key, {.is_stored = true});
            auto& link =
                fresh.after == SeriesCache::none ? cache.first : cache.line(fresh.after).next;
            cache.line(added).next = std::exchange(link, added);
        }
        return text;
    }
    [[nodiscard]] std::size_t fresh() const { return reader.fresh().size(); }
};

}  // namespace

TEST_CASE("page reader: lines in step, gone, new and moved") {
    Rig rig;
    CHECK(rig.read("a 1\nb 2\nc 3\nd 4\n") == "a=1 b=2 c=3 d=4");
    CHECK(rig.read("a 5\nb 6\nc 7\nd 8\n") == "a=5 b=6 c=7 d=8");
    CHECK(rig.fresh() == 0);
    CHECK(rig.read("a 1\nc 3\nd 4\n") == "a=1 c=3 d=4");
    CHECK(rig.read("a 1\nx 9\nc 3\nd 4\n") == "a=1 x=9 c=3 d=4");
    CHECK(rig.fresh() == 1);
    CHECK(rig.read("d 1\nc 2\nx 3\nb 4\na 5\n") == "d=1 c=2 x=3 b=4 a=5");
    CHECK(rig.fresh() == 0);
    CHECK(rig.read("d 1\nd 2\na 3\n") == "d=1 d=2 a=3");
    CHECK(rig.cache.size() == 5);
}

TEST_CASE("page reader: a page shuffled again and again stays known") {
    Rig rig;
    constexpr int lines = 100;
    for (int round = 0; round < 5; ++round) {
        std::string page;
        std::string expected;
        for (int i = 0; i < lines; ++i) {
            const int line = (i * 37 + round * 11) % lines;
            const std::string key = "m{i=\"" + std::to_string(line) + "\"}";
            page += key + " " + std::to_string(line + round) + "\n";
            expected += (i == 0 ? "" : " ") + key + "=" + std::to_string(line + round);
        }
        CHECK(rig.read(page) == expected);
        CHECK(rig.fresh() == (round == 0 ? lines : 0));
    }
    CHECK(rig.cache.size() == lines);
}

TEST_CASE("page reader: timestamps, on lines in step and moved") {
    Rig rig;
    CHECK(rig.read("a 1 1000\nb 2 1000\nc 3\n") == "a=1@1000 b=2@1000 c=3");
    CHECK(rig.read("a 1 2000\nb 2 2000\nc 3\n") == "a=1@2000 b=2@2000 c=3");
    CHECK(rig.read("b 2 3000\na 1 3000\nc 3 3000\n") == "b=2@3000 a=1@3000 c=3@3000");
    CHECK(rig.fresh() == 0);
    Rig open{nullptr, Format::openmetrics};
    CHECK(open.read("a 1 1.5\nb 2\n# EOF\n") == "a=1@1500 b=2");
    CHECK(open.read("b 2\na 1 2.5 # {t=\"1\"} 1\n# EOF\n") == "b=2 a=1@2500");
    CHECK(open.fresh() == 0);
}

TEST_CASE("page reader: values that are no short decimals are the parser's, in step all the same") {
    Rig rig;
    CHECK(rig.read("a 1\nb 1\nc 1\n") == "a=1 b=1 c=1");
    CHECK(rig.read("a 0.1234567890123456789\nb NaN\nc +Inf\n") ==
          "a=0.12345678901234568 b=NaN c=+Inf");
    CHECK(rig.fresh() == 0);
    CHECK(rig.read("a 1\nb 1\nc 1e999\n") == "3:3: expected a number as the value, got \"1e999\"");
}

TEST_CASE("page reader: what nobody wants is counted and not staged") {
    const Wanted wanted = wanted_names({"b"});
    Rig rig{&wanted};
    const std::string page = "# HELP a x\na{x=\"1\"} 1\na{x=\"}\"} 1 5\nb{x=\"1\"} 2\n\nc 3\nb 4\n";
    for (int round = 0; round < 3; ++round) {
        CHECK(rig.read(page) == "b{x=\"1\"}=2 b=4");
        CHECK(rig.reader.samples() == 5);
        CHECK(rig.cache.size() == 2);
    }
    CHECK(rig.read(page, 4) ==
          "it has more than 4 samples, the source's sample_limit: refused whole");
}

TEST_CASE("page reader: a line end inside a label of an unwanted series does not part it") {
    const Wanted wanted = wanted_names({"b"});
    const std::vector<std::string> pages{"a{x=\"1\n b 5\n\"} 1\nb 2\n",
                                         "a{x=\"1\nb 5\n\"} 1\nb 2\n",
                                         "a{x=\"\"} 1\nb 2\n",
                                         "a{x=\"} 1\nb 5\n\"} 1\nb 2\n",
                                         "a{x=\"\\\"} 1\nb 5\n\"} 1\nb 2\n",
                                         "a{x=\"1\"\"} 1\nb 5\n\"=\"1\"} 1\nb 2\n",
                                         "a{x=\"1\",\"} 1\nb 5\n\"=\"1\"} 1\nb 2\n"};
    for (const std::string& page : pages) {
        CAPTURE(page);
        Rig rig{&wanted};
        CHECK(rig.read("b 1\n") == "b=1");
        CHECK(rig.read(page) == "b=2");
        CHECK(rig.read(page) == "b=2");
    }
}

TEST_CASE("page reader: a line end inside a quoted name of an exemplar does not part its line") {
    const Wanted wanted = wanted_names({"b"});
    Rig rig{&wanted, Format::openmetrics};
    CHECK(rig.read("a_total 1\nb 1\n# EOF\n") == "b=1");
    CHECK(rig.read("a_total 1 # {\"x\nb 5\ny\"=\"1\"} 1\nb 2\n# EOF\n") == "b=2");
    CHECK(rig.reader.samples() == 2);
}

TEST_CASE("page reader: a bad line that nobody wants is told and passed over") {
    const Wanted wanted = wanted_names({"b"});
    Rig rig{&wanted};
    CHECK(rig.read("a{ 1\n# TYPE a nonsense\nb 2\na x\n") == "b=2");
    CHECK(rig.reader.bad().lines == 3);
    CHECK(rig.reader.bad().first == "1:4: expected a label name or \"}\", got \"1\"");
    Rig all;
    CHECK(all.read("a x\n") == "1:3: expected a number as the value, got \"x\"");
}

TEST_CASE("page reader: a bad line that is wanted, or may be, refuses the page") {
    const Wanted wanted = wanted_names({"b"});
    Rig rig{&wanted};
    CHECK(rig.read("a 1\nb 2\n") == "b=2");
    CHECK(rig.read("a 1\nb x\n") == "2:3: expected a number as the value, got \"x\"");
    CHECK(rig.read("a 1\n<html>\n") == "2:1: expected a metric name or \"#\", got \"<\"");
    Rig open{&wanted, Format::openmetrics};
    CHECK(open.read("b 2\n") ==
          "2:1: expected \"# EOF\" as the last line, got the end of the page");
    CHECK(open.read("b 2\n# EOF\nb 3\n# EOF\n") ==
          "3:1: expected nothing after \"# EOF\", got \"b\"");
}

TEST_CASE("page reader: what nobody wants is judged by the first page and every hundredth") {
    const Wanted wanted = wanted_names({"b"});
    Rig rig{&wanted};
    std::vector<int> told;
    std::string first;
    for (int page = 1; page <= 220; ++page) {
        CHECK(rig.read("a{x=\"1\"} page" + std::to_string(page) + "\nb 2\n") == "b=2");
        if (rig.reader.bad().first != first) {
            first = rig.reader.bad().first;
            told.push_back(page);
        }
    }
    CHECK(told == std::vector{1, 11, 111, 211});
    CHECK(first == "1:10: expected a number as the value, got \"page211\"");
}
