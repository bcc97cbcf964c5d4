// HashIndex: what was inserted and not erased is found, and nothing else, however hashes collide.
#include "metrics/hash_index.h"

#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace tided::metrics;

namespace {

struct Held {
    std::uint64_t hash;
    std::uint32_t number;
};

void check(const HashIndex& index, const std::vector<Held>& held) {
    CHECK(index.size() == held.size());
    for (const Held& one : held) {
        REQUIRE(index.find(one.hash, [&](std::uint32_t n) { return n == one.number; }) ==
                one.number);
        REQUIRE(index.find(one.hash, [](std::uint32_t) { return false; }) == HashIndex::none);
    }
}

}  // namespace

TEST_CASE("hash index: inserting and erasing at random, with few hashes and with many") {
    for (const std::uint64_t hashes : {1ULL, 7ULL, 100'000ULL}) {
        std::mt19937_64 random{hashes};
        HashIndex index;
        std::vector<Held> held;
        for (std::uint32_t round = 0; round < 3000; ++round) {
            if (held.empty() || random() % 3 != 0) {
                held.push_back({.hash = (random() % hashes) << 32U, .number = round});
                index.insert(held.back().hash, round);
            } else {
                std::swap(held[random() % held.size()], held.back());
                index.erase(held.back().hash, held.back().number);
                held.pop_back();
            }
            if (round % 500 == 499) {
                check(index, held);
            }
        }
        while (!held.empty()) {
            index.erase(held.back().hash, held.back().number);
            held.pop_back();
        }
        CHECK(index.size() == 0);
        CHECK(index.find(0, [](std::uint32_t) { return true; }) == HashIndex::none);
    }
}

TEST_CASE("hash index: as many inserted as erased, it does not grow") {
    HashIndex index;
    for (std::uint32_t n = 0; n < 1000; ++n) {
        index.insert(n * 0x9e3779b97f4a7c15ULL, n);
    }
    const std::size_t bytes = index.bytes();
    for (std::uint32_t n = 1000; n < 200'000; ++n) {
        index.erase((n - 1000) * 0x9e3779b97f4a7c15ULL, n - 1000);
        index.insert(n * 0x9e3779b97f4a7c15ULL, n);
    }
    CHECK(index.bytes() == bytes);
}
