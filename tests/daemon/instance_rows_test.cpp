// Instance rows: what a start finds of the instances, and how long it is kept.
#include "daemon/instance_rows.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint noon{1'000'000s};

LiveTemplate tenants() {
    LiveTemplate made_of;
    made_of.config.label = "tenant";
    made_of.config.policy.spec.name = "tenants";
    return made_of;
}

std::vector<std::string> restored(const Snapshot& memory) {
    LiveTemplate made_of = tenants();
    restore(made_of, memory);
    return made_of.roster.members();
}

}  // namespace

TEST_CASE("instance rows: members are those that are here, of this template and label") {
    Snapshot memory;
    memory.facts = {{"instance/tenants[tenant=a%2Fb]", "here cluster/a"},
                    {"instance/tenants[tenant=c]", "gone 5 cluster/c"},
                    {"instance/tenants[tenant=%zz]", "here x"},
                    {"instance/tenants[customer=d]", "here x"},
                    {"instance/others[tenant=e]", "here x"},
                    {"instances", "here x"},
                    {"wall", "7"}};
    CHECK(restored(memory) == std::vector<std::string>{"a/b"});
}

TEST_CASE("instance rows: who is not in the fleet any more has gone; its row stays for a while") {
    Snapshot memory;
    memory.facts = {{"instance/tenants[tenant=a]", "here cluster/deployment/a/web"}, {"wall", "7"}};
    memory.policies["tenants[tenant=a]"] = {};
    memory.checkpoints["cluster/deployment/a/web"] = "{}";
    const Batch left = update_rows(memory, Fleet{}, noon);
    CHECK(left.facts ==
          std::map<std::string, std::string>{
              {"instance/tenants[tenant=a]", "gone 1000000000 cluster/deployment/a/web"}});
    CHECK(restored(memory).empty());
    CHECK(update_rows(memory, Fleet{}, noon + 1h).empty());  // said once
    CHECK(forget_instances(memory, Fleet{}, noon - 1s).empty());
    const Batch forgotten = forget_instances(memory, Fleet{}, noon + 1s);
    CHECK(forgotten.dropped_facts == std::vector<std::string>{"instance/tenants[tenant=a]"});
    CHECK(forgotten.dropped_pools == std::vector<std::string>{"cluster/deployment/a/web"});
    CHECK(memory.facts == std::map<std::string, std::string>{{"wall", "7"}});
    CHECK(memory.policies.empty());
    CHECK(memory.checkpoints.empty());
}

TEST_CASE("instance rows: what cannot be read is kept, and restores nobody") {
    Snapshot memory;
    memory.facts = {{"instance/tenants[tenant=a]", "gone"},
                    {"instance/tenants[tenant=b]", "gone x y"},
                    {"instance/tenants[tenant=c]", ""}};
    CHECK(restored(memory).empty());
    CHECK(forget_instances(memory, Fleet{}, TimePoint::max()).empty());
}
