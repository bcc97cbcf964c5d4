// File discovery: lists read when they change, kept when they cannot be read.
#include <doctest/doctest.h>

#include "metrics/discovery/discoveries.h"
#include "tests/support/fake_host.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint t0{1'000'000s};

struct Bench {
    FakeHost host;
    boost::asio::io_context io;
    std::vector<Found> news{};
    int dues = 0;
    std::unique_ptr<Discovery> discovery;

    explicit Bench(std::vector<std::string> files = {"/sd/*.json"}) {
        discovery = make_discovery(FileSdSpec{.files = std::move(files)},
                                   host,
                                   {.found =
                                        [this](std::vector<Found> all) {
                                            news.insert(news.end(), all.begin(), all.end());
                                        },
                                    .due = [this] { ++dues; }});
    }

    /// What is told: "PLACE: ADDRESS ..." each, then the error.
    std::vector<std::string> look() {
        news.clear();
        host.reads.clear();
        const Status status = testing::run(io, discovery->look(Deadline{}));
        std::vector<std::string> told;
        for (const Found& found : news) {
            std::string text = found.place + ":";
            for (const Labels& labels : found.targets) {
                text += " " + std::string{value_of(labels, "__address__")};
            }
            told.push_back(text);
        }
        if (!status) {
            told.push_back("error " + status.error().message);
        }
        return told;
    }
    using Told = std::vector<std::string>;
};

std::string list_of(const std::string& address) {
    return R"([{"targets": [")" + address + R"("]}])";
}

}  // namespace

TEST_CASE("file discovery: all files of a pattern, then only those that change") {
    Bench bench;
    bench.host.files = {{"/sd/a.json", list_of("a:1")}, {"/sd/b.json", list_of("b:1")}};
    CHECK_FALSE(bench.discovery->is_complete());
    CHECK(bench.discovery->next(t0) == t0 + 50ms);
    CHECK(bench.look() == Bench::Told{"file:/sd/a.json:0: a:1", "file:/sd/b.json:0: b:1"});
    CHECK(bench.discovery->is_complete());
    CHECK(value_of(bench.news[0].targets[0], "__meta_filepath") == "/sd/a.json");
    CHECK(bench.discovery->next(t0) == t0 + 5min);
    bench.host.write("/sd/b.json", list_of("b:2"));
    bench.host.write("/sd/b.json", list_of("b:3"));
    CHECK(bench.dues == 1);
    CHECK(bench.discovery->next(t0) == t0 + 50ms);
    CHECK(bench.look() == Bench::Told{"file:/sd/b.json:0: b:3"});
    CHECK(bench.host.reads == std::vector<std::string>{"/sd/b.json"});
    CHECK(bench.discovery->next(t0) == t0 + 5min);
}

TEST_CASE("file discovery: groups that go are told empty") {
    Bench bench;
    bench.host.files["/sd/a.json"] = R"([{"targets": ["a:1"]}, {"targets": ["b:1"]}])";
    CHECK(bench.look().size() == 2);
    bench.host.write("/sd/a.json", "[]");
    CHECK(bench.look() == Bench::Told{"file:/sd/a.json:0:", "file:/sd/a.json:1:"});
    bench.host.write("/sd/a.json", list_of("c:1"));
    CHECK(bench.look() == Bench::Told{"file:/sd/a.json:0: c:1"});
}

TEST_CASE("file discovery: a bad file keeps its targets and is named until it is good") {
    Bench bench;
    bench.host.files = {{"/sd/a.json", list_of("a:1")}, {"/sd/b.json", list_of("b:1")}};
    CHECK(bench.look().size() == 2);
    for (const char* text : {"", " \n", "[{\"targets\": [\"a:", "{}"}) {
        bench.host.write("/sd/a.json", text);
        const auto told = bench.look();
        REQUIRE(told.size() == 1);
        CHECK(told[0].starts_with("error /sd/a.json:1: "));
    }
    bench.host.write("/sd/b.json", list_of("b:2"));
    CHECK(bench.look() ==
          Bench::Told{"file:/sd/b.json:0: b:2",
                      "error /sd/a.json:1: a list of {\"targets\": [...], \"labels\": {...}} is "
                      "missing"});
    bench.host.write("/sd/b.json", "");
    CHECK(bench.look().back().ends_with(" is missing (and 1 more files)"));
    bench.host.write("/sd/a.json", list_of("a:2"));
    bench.host.write("/sd/b.json", list_of("b:2"));
    CHECK(bench.look() == Bench::Told{"file:/sd/a.json:0: a:2", "file:/sd/b.json:0: b:2"});
}

TEST_CASE("file discovery: a file gone from its pattern takes its targets along") {
    Bench bench;
    bench.host.files = {{"/sd/a.json", list_of("a:1")}, {"/sd/b.json", list_of("b:1")}};
    CHECK(bench.look().size() == 2);
    bench.host.remove("/sd/a.json");
    CHECK(bench.look() == Bench::Told{"file:/sd/a.json:0:"});
    bench.host.can_list = false;
    bench.host.remove("/sd/b.json");
    CHECK(bench.look() == Bench::Told{"error listing /sd/*.json: Input/output error"});
    bench.host.can_list = true;
    CHECK(bench.look() == Bench::Told{"file:/sd/b.json:0:"});
}

TEST_CASE("file discovery: a file named in full must be there") {
    Bench bench{{"/sd/a.yml"}};
    CHECK(bench.look() == Bench::Told{"error reading /sd/a.yml: no such file"});
    CHECK_FALSE(bench.discovery->is_complete());
    CHECK(bench.discovery->next(t0) == t0 + 5s);
    bench.host.write("/sd/a.yml", "- targets: [a:1]\n");
    CHECK(bench.look() == Bench::Told{"file:/sd/a.yml:0: a:1"});
    bench.host.remove("/sd/a.yml");
    CHECK(bench.look() == Bench::Told{"error reading /sd/a.yml: no such file"});
    CHECK(bench.discovery->is_complete());
}

TEST_CASE("file discovery: unreadable and huge files") {
    Bench bench{{"/sd/a.json"}};
    bench.host.files["/sd/a.json"] = std::string(17U << 20U, ' ');
    CHECK(bench.look() == Bench::Told{"error /sd/a.json is larger than 16777216 bytes"});
    bench.host.unreadable["/sd/a.json"] = {.code = ErrorCode::forbidden,
                                           .message = "reading /sd/a.json: Permission denied"};
    CHECK(bench.look() == Bench::Told{"error reading /sd/a.json: Permission denied"});
}

TEST_CASE("file discovery: without a watch everything is read at the interval") {
    Bench bench;
    bench.host.can_watch = false;
    bench.host.files["/sd/a.json"] = list_of("a:1");
    CHECK(bench.look().size() == 1);
    bench.host.write("/sd/a.json", list_of("a:2"));
    CHECK(bench.dues == 0);
    CHECK(bench.look() == Bench::Told{"file:/sd/a.json:0: a:2"});
    bench.host.can_watch = true;
    CHECK(bench.look().size() == 1);
    CHECK(bench.host.watches() == 1);
    bench.host.announce("");
    CHECK(bench.look().size() == 1);
    bench.discovery->end();
    CHECK(bench.host.watches() == 0);
}
