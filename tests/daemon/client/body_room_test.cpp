// BodyRoom: who may take how much of the memory for answers under way.
#include "daemon/client/body_room.h"

#include <memory>
#include <vector>

#include <doctest/doctest.h>

using tided::daemon::BodyRoom;

TEST_CASE("body room: an answer takes what is free, and gives it back") {
    BodyRoom room{100};
    {
        BodyRoom::Share one{room};
        CHECK(one.grow_to(100));
        CHECK_FALSE(one.grow_to(101));
    }
    BodyRoom::Share other{room};
    CHECK(other.grow_to(100));
}

TEST_CASE("body room: with the room full everyone still has an equal part") {
    BodyRoom room{100};
    BodyRoom::Share greedy{room};
    CHECK(greedy.grow_to(100));
    BodyRoom::Share modest{room};
    CHECK(modest.grow_to(50));
    CHECK_FALSE(modest.grow_to(51));
}

TEST_CASE("body room: a thousand endless answers take twice the room at most") {
    BodyRoom room{1'000'000};
    std::vector<std::unique_ptr<BodyRoom::Share>> shares;
    std::vector<std::size_t> sizes(1000, 0);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        shares.push_back(std::make_unique<BodyRoom::Share>(room));
    }
    std::size_t total = 0;
    for (std::size_t step = 0; step < 200; ++step) {
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            if (shares[i] && shares[i]->grow_to(sizes[i] + 100)) {
                sizes[i] += 100;
                total += 100;
                CHECK(total <= 2 * room.bytes());
            } else if (shares[i]) {
                shares[i].reset();
                total -= sizes[i];
            }
        }
    }
}
