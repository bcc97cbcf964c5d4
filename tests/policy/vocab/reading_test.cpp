// Readings, targets, steps: the small words and the clauses they print.
#include "policy/vocab/reading.h"

#include <set>

#include <doctest/doctest.h>

#include "policy/vocab/step.h"
#include "policy/vocab/target.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace std::chrono_literals;

TEST_CASE("reading: fresh up to its max_age, then stale, and the value stays visible") {
    CHECK(Reading::of(12.0, 30s, 30s).is_fresh());
    const Reading old = Reading::of(12.0, 30s + 1ms, 30s);
    CHECK_FALSE(old.is_fresh());
    CHECK(old == Reading{.value = 12.0,
                         .age = 30s + 1ms,
                         .freshness = Freshness::stale,
                         .absence = Absence::none});
}

TEST_CASE("reading: an absent one says why and is never fresh") {
    const Reading none = Reading::absent(Absence::many_series);
    CHECK_FALSE(none.is_fresh());
    CHECK(none.freshness == Freshness::absent);
    CHECK(to_string(none.absence) == "the expression gives several series, one is needed");
    CHECK(Reading{} == Reading::absent(Absence::never_seen));
}

TEST_CASE("reading: every absence has a clause of its own") {
    std::set<std::string_view> clauses;
    constexpr auto last = static_cast<int>(Absence::window_short);
    for (int why = 0; why <= last; ++why) {
        clauses.insert(to_string(static_cast<Absence>(why)));
    }
    CHECK(clauses.size() == last + 1);
}

TEST_CASE("target: kinds are spelled as in the policy file") {
    CHECK(to_string(TargetKind::value) == "value");
    CHECK(to_string(TargetKind::average_value) == "average_value");
}

TEST_CASE("outcome: what each kind carries") {
    const Error why{.code = ErrorCode::conflict, .message = "somebody else changed it"};
    CHECK(Outcome::done() == Outcome{});
    CHECK(Outcome::pending(2s) == Outcome{.kind = OutcomeKind::pending, .after = 2s});
    CHECK(Outcome::refused(why) == Outcome{.kind = OutcomeKind::refused, .error = why});
    CHECK(Outcome::failed(why) == Outcome{.kind = OutcomeKind::failed, .error = why});
    CHECK(to_string(OutcomeKind::done) == "done");
    CHECK(to_string(OutcomeKind::pending) == "pending");
    CHECK(to_string(OutcomeKind::refused) == "refused");
    CHECK(to_string(OutcomeKind::failed) == "failed");
}
