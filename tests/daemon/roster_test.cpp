// Roster: comings and goings by the answers alone, in virtual time.
#include "daemon/roster.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;

namespace {

using Values = std::vector<std::string>;

/// A roster that is asked every ten seconds.
struct Rig {
    Roster roster{{.max = 100, .grace = 60s}};
    TimePoint now{1'000'000s};
    Values judged;
    std::map<std::string, std::string> unfit;

    Roster::Change hear(Values values,
                        Freshness freshness = Freshness::fresh,
                        Duration after = 10s) {
        now += after;
        return roster.hear(
            {.values = std::move(values), .answered = now, .freshness = freshness},
            now,
            [this](const std::string& value) -> Status {
                judged.push_back(value);
                const auto at = unfit.find(value);
                return at == unfit.end() ? Status{} : fail(ErrorCode::invalid_input, at->second);
            });
    }

    /// How many answers without it, one like the other, it takes until `value` is to go.
    int answers_until_gone(const std::string& value, const Values& others, int most = 50) {
        for (int answers = 1; answers <= most; ++answers) {
            if (hear(others).go == Values{value}) {
                return answers;
            }
        }
        return 0;
    }
};

}  // namespace

TEST_CASE("roster: values come with an answer, each once") {
    Rig rig;
    CHECK(rig.hear({"a", "b"}) == Roster::Change{.come = {"a", "b"}});
    CHECK(rig.hear({"a", "b", "c"}) == Roster::Change{.come = {"c"}});
    CHECK(rig.hear({"a", "b", "c"}) == Roster::Change{});
    CHECK(rig.judged == Values{"a", "b", "c"});
}

TEST_CASE("roster: a value goes after answers without it for the grace period") {
    Rig rig;
    static_cast<void>(rig.hear({"a", "b"}));
    CHECK(rig.answers_until_gone("b", {"a"}) == 7);  // the first one starts the period
    CHECK(rig.roster.has("b"));
    CHECK(rig.hear({"a"}).go == Values{"b"});  // until it is let go it is asked for again
    rig.roster.leave("b");
    CHECK(rig.hear({"a"}) == Roster::Change{});
    CHECK(rig.hear({"a", "b"}).come == Values{"b"});
}

TEST_CASE("roster: a value that comes back within the period begins anew") {
    Rig rig;
    static_cast<void>(rig.hear({"a", "b"}));
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 6; ++i) {
            CHECK(rig.hear({"a"}) == Roster::Change{});
        }
        CHECK(rig.hear({"a", "b"}) == Roster::Change{});
    }
}

TEST_CASE("roster: no, empty, failed, stale and partial answers take nothing away") {
    Rig rig;
    static_cast<void>(rig.hear({"a", "b"}));
    SUBCASE("empty") {
        for (int i = 0; i < 100; ++i) {
            CHECK(rig.hear({}) == Roster::Change{});
        }
    }
    SUBCASE("stale, even with other values") {
        for (int i = 0; i < 100; ++i) {
            CHECK(rig.hear({"a", "c"}, Freshness::stale) == Roster::Change{});
        }
    }
    SUBCASE("partial: it brings") {
        CHECK(rig.hear({"a", "c"}, Freshness::partial) == Roster::Change{.come = {"c"}});
        for (int i = 0; i < 100; ++i) {
            CHECK(rig.hear({"a", "c"}, Freshness::partial) == Roster::Change{});
        }
        rig.roster.leave("c");
    }
    SUBCASE("none at all") {
        rig.now += 24h;
        CHECK(rig.hear({"a"}) == Roster::Change{});
    }
    CHECK(rig.roster.members() == Values{"a", "b"});
    CHECK(rig.answers_until_gone("b", {"a"}) >= 6);
}

TEST_CASE("roster: what lies before and behind a bad answer does not count") {
    Rig rig;
    static_cast<void>(rig.hear({"a", "b"}));
    // Each good answer is followed by a bad one: no two good ones in a row, no time counts.
    for (int i = 0; i < 100; ++i) {
        CHECK(rig.hear({"a"}).go.empty());
        SUBCASE("empty") {
            CHECK(rig.hear({}).go.empty());
        }
        SUBCASE("stale") {
            CHECK(rig.hear({"a"}, Freshness::stale).go.empty());
        }
        SUBCASE("partial") {
            CHECK(rig.hear({"a"}, Freshness::partial).go.empty());
        }
        SUBCASE("missed") {
            rig.roster.miss();
        }
    }
}

TEST_CASE("roster: a bad answer pauses the period, it does not start it anew") {
    Rig rig;
    static_cast<void>(rig.hear({"a", "b"}));
    for (int i = 0; i < 5; ++i) {
        CHECK(rig.hear({"a"}).go.empty());  // 40 s
    }
    CHECK(rig.hear({}).go.empty());
    CHECK(rig.answers_until_gone("b", {"a"}) == 3);
}

TEST_CASE("roster: one long silence between two answers is not the whole period") {
    Rig rig;
    static_cast<void>(rig.hear({"a", "b"}));
    CHECK(rig.hear({"a"}).go.empty());
    CHECK(rig.hear({"a"}, Freshness::fresh, 24h).go.empty());
    CHECK(rig.answers_until_gone("b", {"a"}) == 5);  // 12 s of it counted
}

TEST_CASE("roster: a jump of the wall clock makes no period pass") {
    Rig rig;
    static_cast<void>(rig.hear({"a", "b"}));
    CHECK(rig.hear({"a"}).go.empty());
    for (const Duration jump : {Duration{1h}, Duration{-1h}}) {
        rig.now += jump;
        rig.roster.rebase(jump);
        CHECK(rig.hear({"a"}).go.empty());
    }
    CHECK(rig.answers_until_gone("b", {"a"}) == 4);  // 20 s have passed
    SUBCASE("a clock that goes back without a word counts nothing") {
        Rig back;
        static_cast<void>(back.hear({"a", "b"}));
        for (int i = 0; i < 100; ++i) {
            CHECK(back.hear({"a"}, Freshness::fresh, -10s).go.empty());
        }
    }
}

TEST_CASE("roster: beyond the cap those that exist stay, newcomers pass in byte order") {
    Rig rig;
    rig.roster.limit({.max = 3, .grace = 60s});
    CHECK(rig.hear({"m", "z"}).come == Values{"m", "z"});
    CHECK(rig.hear({"a", "b", "m", "z"}).come == Values{"a"});
    CHECK(rig.roster.over_max() == 1);
    CHECK(rig.hear({"A", "a", "b", "m", "z"}) == Roster::Change{});
    CHECK(rig.roster.over_max() == 2);
    CHECK(rig.judged == Values{"m", "z", "a"});
    rig.roster.leave("z");
    CHECK(rig.hear({"A", "a", "b", "m"}).come == Values{"A"});
    CHECK(rig.roster.over_max() == 1);
    SUBCASE("a lower cap drives nobody out") {
        rig.roster.limit({.max = 1, .grace = 60s});
        CHECK(rig.hear({"A", "a", "b", "m"}) == Roster::Change{});
        CHECK(rig.roster.members() == Values{"A", "a", "m"});
    }
}

TEST_CASE("roster: hundreds come a few at a time, from one answer heard again") {
    Rig rig;
    rig.roster.limit({.max = 4, .grace = 60s, .at_once = 2});
    const Values listed{"a", "b", "c", "d", "e"};
    CHECK(rig.hear(listed) == Roster::Change{.come = {"a", "b"}, .more = true});
    CHECK(rig.roster.over_max() == 0);
    CHECK(rig.hear(listed, Freshness::fresh, 0s) == Roster::Change{.come = {"c", "d"}});
    CHECK(rig.roster.over_max() == 1);
}

TEST_CASE("roster: who is refused takes no room, is told once, and judged anew when it returns") {
    Rig rig;
    rig.roster.limit({.max = 2, .grace = 60s});
    rig.unfit["a"] = "no name";
    CHECK(rig.hear({"a", "b", "c"}) ==
          Roster::Change{.come = {"b", "c"}, .refused = {{.value = "a", .why = "no name"}}});
    CHECK(rig.hear({"a", "b", "c"}) == Roster::Change{});
    CHECK(rig.roster.refused().size() == 1);
    CHECK(rig.hear({"b", "c"}) == Roster::Change{});
    CHECK(rig.roster.refused().empty());
    rig.roster.leave("c");
    CHECK(rig.hear({"a", "b"}).refused.size() == 1);
    SUBCASE("after a reload it may fit") {
        rig.unfit.clear();
        rig.roster.reconsider();
        CHECK(rig.hear({"a", "b"}).come == Values{"a"});
    }
    SUBCASE("asked again it is refused as before, and told only for another reason") {
        rig.roster.reconsider();
        CHECK(rig.hear({"a", "b"}) == Roster::Change{});
        rig.roster.reconsider();
        rig.unfit["a"] = "taken";
        CHECK(rig.hear({"a", "b"}).refused == std::vector<Roster::Refusal>{{"a", "taken"}});
        rig.judged.clear();
        CHECK(rig.hear({"a", "b"}) == Roster::Change{});
        CHECK(rig.judged.empty());
    }
    SUBCASE("a member whose instance cannot be made is refused") {
        rig.roster.refuse("b", "taken");
        CHECK(rig.hear({"a", "b"}) == Roster::Change{});
        CHECK(rig.roster.size() == 0);
    }
}

TEST_CASE("roster: many refusals are asked again a part at a time") {
    Rig rig;
    rig.roster.limit({.max = 100, .grace = 60s, .at_once = 2});
    const Values all{"a", "b", "c", "d", "e"};
    for (const std::string& value : all) {
        rig.unfit[value] = "taken";
    }
    for (int i = 0; i < 3; ++i) {
        static_cast<void>(rig.hear(all));
    }
    CHECK(rig.roster.refused().size() == 5);
    rig.unfit.clear();
    rig.roster.reconsider();
    CHECK(rig.hear(all) == Roster::Change{.come = {"a", "b"}, .more = true});
    CHECK(rig.hear(all) == Roster::Change{.come = {"c", "d"}, .more = true});
    CHECK(rig.hear(all) == Roster::Change{.come = {"e"}});
}

TEST_CASE("roster: members of an earlier run are there at once, and owe nothing") {
    Rig rig;
    rig.roster.restore("a");
    rig.roster.restore("b");
    CHECK(rig.roster.members() == Values{"a", "b"});
    for (int i = 0; i < 100; ++i) {
        CHECK(rig.hear({}) == Roster::Change{});
    }
    CHECK(rig.hear({"a"}) == Roster::Change{});
    CHECK(rig.roster.missing() == 1);
    CHECK(rig.answers_until_gone("b", {"a"}) == 6);
}
