// Survey: who is due looks, what was learned is written once a minute, and outlives a crash.
#include "daemon/survey.h"

#include <doctest/doctest.h>

#include "daemon/fleet_members.h"
#include "tests/daemon/daemon_rig.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;

namespace {

/// The rig's policy, which sizes what it scales.
struct SizedRig : DaemonRig {
    SizedRig() { size(); }

    void size() {
        config::Vertical rules;
        rules.source = "apps";
        rules.queries[0] = {.expression = "cpu", .extent = metrics::Extent::elements};
        policy->config.vertical = Shared{rules};
        policy->sizing = std::make_unique<LiveSizing>(
            LiveSizing{.sizing = Sizing{"web", policy->config.vertical, {}},
                       .source = policy->slots[0].source});
        recall_usage(*policy, store->snapshot(), now);
        fleet.questions = number_questions(fleet);
        static_cast<void>(source->demand(fleet.questions[0]));
        describe(*policy);
    }

    void look() {
        source->elements["cpu"] = {{.labels = {{"pod", "a"}}, .value = 0.5, .at = now}};
        survey(fleet, now);
        now += 1min;
    }

    void write(Hurry hurry) {
        Batch batch;
        batch.usages = take_usages(fleet, now, hurry);
        writes += batch.usages.size();
        keep_unreadable(fleet, batch);
        scope.spawn("writing", commit(std::move(batch)));
        settle();
        forget_unreadable(fleet, {"web"});
    }

    boost::asio::awaitable<void> commit(Batch batch) {
        static_cast<void>(co_await journal->commit(std::move(batch), Durability::tick));
    }

    [[nodiscard]] std::int64_t samples() const {
        const SizeView& view = *board.at(0).sizes;
        return view.containers.empty() ? 0 : view.containers[0].samples;
    }

    TimePoint now = clock.now();
    std::size_t writes = 0;
};

}  // namespace

TEST_CASE("survey: a policy looks once per interval, and one that sizes nothing never does") {
    SizedRig rig;
    rig.look();
    CHECK(rig.samples() == 1);
    rig.now -= 1min;
    rig.look();  // the same instant again
    CHECK(rig.samples() == 1);
    rig.look();
    CHECK(rig.samples() == 2);
    rig.policy->sizing.reset();
    rig.look();
    CHECK(take_usages(rig.fleet, rig.now, Hurry::now).empty());
}

TEST_CASE("survey: what was learned is written once a minute, at once at the end") {
    SizedRig rig;
    rig.look();
    rig.write(Hurry::none);
    CHECK(rig.writes == 1);
    rig.write(Hurry::now);  // nothing new
    CHECK(rig.writes == 1);
    rig.look();
    rig.now -= 90s;
    rig.write(Hurry::none);  // half a minute after the last
    CHECK(rig.writes == 1);
    rig.write(Hurry::now);
    CHECK(rig.writes == 2);
    not_written(rig.fleet, {"web", "gone"});
    rig.write(Hurry::now);
    CHECK(rig.writes == 3);
}

TEST_CASE("survey: what was written outlives a crash, to the last bit") {
    SizedRig rig;
    rig.look();
    rig.look();
    rig.write(Hurry::now);
    const auto known = rig.policy->sizing->sizing.memory().usage;
    rig.look();  // not written
    rig.crash();
    rig.size();
    CHECK(rig.policy->sizing->sizing.memory().usage == known);
    CHECK(rig.samples() == 2);
}

TEST_CASE("survey: a history that cannot be read begins anew") {
    SizedRig rig;
    Batch batch;
    batch.usages = {{.policy = "web", .history = "nonsense"}};
    rig.scope.spawn("writing", rig.commit(std::move(batch)));
    rig.settle();
    rig.crash();
    rig.size();
    CHECK(rig.samples() == 0);
    rig.look();
    CHECK(rig.samples() == 1);
    Snapshot memory;
    remember(memory, *rig.policy);
    CHECK(memory.usages.empty());  // what is stored is found again, and found damaged again
    rig.write(Hurry::now);
    CHECK(rig.policy->sizing->unreadable.empty());
    remember(memory, *rig.policy);
    CHECK(memory.usages.size() == 1);
    rig.crash();
    CHECK(rig.store->snapshot().facts.at("damaged/usage/web") == "6e6f6e73656e7365");
    rig.size();
    CHECK(rig.samples() == 1);
}
