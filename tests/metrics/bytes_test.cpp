// The bytes of a page: SIMD and its plain twin say the same, at every length and place.
#include "metrics/bytes.h"

#include <memory>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace tided::metrics;

namespace {

// A copy that ends where its allocation ends, so that a sanitizer sees each byte read past it.
struct Exact {
    std::unique_ptr<char[]> bytes;
    std::size_t size;

    explicit Exact(const std::string& text)
        : bytes(std::make_unique<char[]>(text.size())), size(text.size()) {
        std::copy(text.begin(), text.end(), bytes.get());
    }
    [[nodiscard]] const char* begin() const { return bytes.get(); }
    [[nodiscard]] const char* end() const { return bytes.get() + size; }
};

}  // namespace

TEST_CASE("bytes: texts that differ nowhere or in one byte, of each length") {
    for (std::size_t size = 0; size < 70; ++size) {
        const Exact one{std::string(size, 'a')};
        CHECK(bytes::equal(one.begin(), Exact{std::string(size, 'a')}.begin(), size));
        for (std::size_t at = 0; at < size; ++at) {
            std::string other(size, 'a');
            other[at] = 'b';
            CHECK_FALSE(bytes::equal(one.begin(), Exact{other}.begin(), size));
        }
    }
}

TEST_CASE("bytes: what is found is what the plain twin finds") {
    std::mt19937 random{7};
    const std::string letters = "abc{} \n\\\"\x7f\x80\xff" + std::string(1, '\0');
    for (int round = 0; round < 3000; ++round) {
        std::string text(random() % 50, 'x');
        for (std::size_t change = random() % 4; change > 0 && !text.empty(); --change) {
            text[random() % text.size()] = letters[random() % letters.size()];
        }
        const Exact exact{text};
        for (const char wanted : letters) {
            CHECK(bytes::find(exact.begin(), exact.end(), wanted) ==
                  bytes::plain::find(exact.begin(), exact.end(), wanted));
        }
        CHECK(bytes::find_either(exact.begin(), exact.end(), '{', ' ') ==
              bytes::plain::find_either(exact.begin(), exact.end(), '{', ' '));
        CHECK(bytes::find_odd(exact.begin(), exact.end()) ==
              bytes::plain::find_odd(exact.begin(), exact.end()));
        CHECK(bytes::numbers_before(exact.begin(), exact.end()) ==
              bytes::plain::numbers_before(exact.begin(), exact.end()));
    }
}

TEST_CASE("bytes: every byte value is odd, or of a number, as the plain twin says") {
    for (int value = 0; value < 256; ++value) {
        const std::string text =
            std::string(20, 'x') + static_cast<char>(value) + std::string(20, 'x');
        const char* const end = text.data() + text.size();
        CHECK(bytes::find_odd(text.data(), end) == bytes::plain::find_odd(text.data(), end));
        CHECK(bytes::numbers_before(text.data(), end) ==
              bytes::plain::numbers_before(text.data(), end));
    }
}
