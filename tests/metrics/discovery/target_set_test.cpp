// TargetSet: what comes and goes with the news of places, counted once, under a limit.
#include "metrics/discovery/target_set.h"

#include <map>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;

namespace {

Found found(std::string place, const std::vector<std::string>& addresses) {
    Found one{.place = std::move(place), .targets = {}};
    for (const std::string& address : addresses) {
        one.targets.push_back({{"__address__", address}, {"__meta_place", one.place}});
    }
    return one;
}

struct Bench {
    ScrapeSpec spec;
    TargetSet set;
    std::map<TargetId, std::string> names{};

    explicit Bench(DiscoverySpec discovery = {})
        : spec{.name = "apps", .discovery = discovery},
          set{spec, Relabelling::make(discovery.relabel).value()} {}

    // "-a +b": what went, what came.
    std::string take(const std::vector<Found>& news) {
        std::string text;
        TargetSet::Change change = set.take(news);
        for (const TargetId id : change.gone) {
            text += (text.empty() ? "-" : " -") + names.at(id);
        }
        for (const auto& [id, target] : change.come) {
            names[id] = std::string{value_of(target.labels, "instance")};
            text += (text.empty() ? "+" : " +") + names[id];
        }
        return text;
    }
};

}  // namespace

TEST_CASE("target set: places are replaced as a whole, the rest stays") {
    Bench bench;
    CHECK(bench.take({found("x", {"a:1", "b:1"}), found("y", {"c:1"})}) == "+a:1 +b:1 +c:1");
    CHECK(bench.take({found("x", {"b:1", "d:1"})}) == "-a:1 +d:1");
    CHECK(bench.take({found("x", {"b:1", "d:1"})}).empty());
    CHECK(bench.take({found("y", {})}) == "-c:1");
    CHECK(bench.set.size() == 2);
}

TEST_CASE("target set: equal targets of several places are one until the last of them goes") {
    Bench bench;
    CHECK(bench.take({found("x", {"a:1", "a:1"}), found("y", {"a:1"})}) == "+a:1");
    CHECK(bench.take({found("x", {})}).empty());
    CHECK(bench.take({found("y", {}), found("z", {"a:1"})}).empty());
    CHECK(bench.take({found("z", {})}) == "-a:1");
    CHECK(bench.take({found("z", {"a:1"})}) == "+a:1");
    CHECK(bench.set.size() == 1);
}

TEST_CASE("target set: over the limit nothing moves until it fits again") {
    Bench bench{{.target_limit = 2}};
    CHECK(bench.take({found("x", {"a:1", "b:1"})}) == "+a:1 +b:1");
    CHECK(bench.take({found("y", {"c:1"})}).empty());
    CHECK(bench.set.trouble() ==
          "3 targets are found, more than the source's target_limit 2: the former 2 stay");
    CHECK(bench.take({found("x", {"d:1", "e:1"})}).empty());
    for (int i = 0; i < 1000; ++i) {
        CHECK(bench.take({found("y", {"f:" + std::to_string(i + 1)})}).empty());
    }
    CHECK(bench.set.size() == 2);
    const std::string moved = bench.take({found("y", {})});
    CHECK(moved == "-a:1 -b:1 +d:1 +e:1");
    CHECK(bench.set.trouble().empty());
}

TEST_CASE("target set: dropped and refused targets are counted while they are found") {
    Bench bench{{.relabel = {{.action = RelabelSpec::Action::drop,
                              .source_labels = {"__address__"},
                              .regex = "no.*"}}}};
    CHECK(bench.take({found("x", {"a:1", "no:1", "no:2"}), found("y", {"b/c", "d/e"})}) == "+a:1");
    CHECK(bench.set.dropped() == 2);
    CHECK(bench.set.trouble() == "2 targets are refused: \"d/e\" is not host:port");
    CHECK(bench.take({found("x", {"a:1"}), found("y", {"b/c"})}).empty());
    CHECK(bench.set.dropped() == 0);
    CHECK(bench.set.trouble() == "1 target is refused: \"b/c\" is not host:port");
    CHECK(bench.take({found("y", {})}).empty());
    CHECK(bench.set.trouble().empty());
}
