// Postings and Wanted: whatever way selectors are sorted, they find what each would alone.
#include "metrics/postings.h"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "metrics/wanted.h"

using namespace tided;
using namespace tided::metrics;

namespace {

/// Selectors and series of a few metrics, tenants and jobs, some without them.
class Dice {
public:
    std::vector<Matcher> selector() {
        std::vector<Matcher> matchers;
        add(matchers, "__name__", {"x", "y", "z"}, 8);
        add(matchers, "tenant", {"a", "b", "c", "d", ""}, 7);
        add(matchers, "job", {"web", "api", ""}, 5);
        if (matchers.empty()) {
            matchers.push_back(Matcher::make("job", MatchOp::equal, "web").value());
        }
        return matchers;
    }

    Labels series() {
        Labels labels{{"__name__", one_of({"x", "y", "z"})}, {"pod", one_of({"0", "1", "2"})}};
        for (const char* name : {"tenant", "job"}) {
            if (random_() % 5 != 0) {
                const bool is_job = std::string_view{name} == "job";
                labels.push_back({name, is_job ? one_of({"web", "api"}) : one_of({"a", "b", "e"})});
            }
        }
        return normalised(std::move(labels));
    }

private:
    void add(std::vector<Matcher>& matchers,
             const std::string& label,
             const std::vector<std::string>& values,
             unsigned often) {
        if (random_() % 10 < often) {
            const MatchOp op = random_() % 6 > 0   ? MatchOp::equal
                               : random_() % 2 > 0 ? MatchOp::not_equal
                                                   : MatchOp::regex;
            matchers.push_back(Matcher::make(label, op, one_of(values)).value());
        }
    }
    std::string one_of(const std::vector<std::string>& texts) {
        return texts[random_() % texts.size()];
    }

    std::mt19937 random_{11};
};

std::vector<std::string> told(const Store& store, const std::vector<SeriesId>& ids) {
    std::vector<std::string> texts;
    for (const SeriesId id : ids) {
        texts.push_back(to_string(store.labels(id)));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
}

}  // namespace

TEST_CASE(
    "postings: find what the store finds, however often it is asked, while series come and go") {
    Dice dice;
    Store store;
    Postings postings;
    std::vector<SeriesId> ids;
    for (int round = 0; round < 40; ++round) {
        for (int i = 0; i < 10; ++i) {
            ids.push_back(store.intern(dice.series()).value());
        }
        store.remove(ids[static_cast<std::size_t>(round) * 5]);
        for (int asked = 0; asked < 60; ++asked) {
            const std::vector<Matcher> matchers = dice.selector();
            CHECK(told(store, postings.find(store, matchers)) == told(store, store.find(matchers)));
        }
    }
    Store other;
    CHECK(postings.find(other, dice.selector()).empty());
}

TEST_CASE("wanted: a series is wanted when any selector alone would match it") {
    Dice dice;
    std::size_t yes = 0;
    for (int round = 0; round < 60; ++round) {
        std::vector<Wanted::Selector> selectors;
        for (int i = 0; i <= round / 2; ++i) {
            selectors.push_back(dice.selector());
        }
        Wanted wanted;
        wanted.set(selectors);
        for (int i = 0; i < 50; ++i) {
            const Labels labels = dice.series();
            const bool matches =
                std::any_of(selectors.begin(), selectors.end(), [&](const auto& selector) {
                    return std::all_of(selector.begin(), selector.end(), [&](const Matcher& m) {
                        return m.matches(labels);
                    });
                });
            CHECK(wanted.matches(views_of(labels)) == matches);
            CHECK((!matches || wanted.may_want(value_of(labels, "__name__"))));
            yes += matches ? 1U : 0U;
        }
    }
    CHECK(yes > 500);
    CHECK(yes < 2500);
}

TEST_CASE("wanted: a selector that stays keeps the number of the change that brought it") {
    const auto of = [](const std::string& tenant) {
        return Wanted::Selector{Matcher::make("__name__", MatchOp::equal, "x").value(),
                                Matcher::make("tenant", MatchOp::equal, tenant).value()};
    };
    Wanted wanted;
    CHECK(wanted.version() == 0);
    wanted.set({of("a"), of("b"), of("a")});
    CHECK(wanted.since(of("a")) == 1);
    wanted.set({of("c"), of("b")});
    CHECK(wanted.since(of("b")) == 1);
    CHECK(wanted.since(of("c")) == 2);
    wanted.set({of("a"), of("b"), of("c")});
    CHECK(wanted.since(of("a")) == 3);
    CHECK(wanted.since(of("b")) == 1);
    CHECK(wanted.version() == 3);
}
