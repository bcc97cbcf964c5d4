// Short decimals: read as the general reader reads them, or not at all.
#include "metrics/decimal.h"

#include <bit>
#include <charconv>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace tided::metrics;

namespace {

// "value+rest" or "none".
std::string taken(const std::string& text) {
    double value = 0.0;
    const char* const end = text.data() + text.size();
    const char* const stop = read_decimal(text.data(), end, value);
    if (stop == nullptr) {
        return "none";
    }
    std::string shown(30, ' ');
    shown.resize(static_cast<std::size_t>(
        std::to_chars(shown.data(), shown.data() + shown.size(), value).ptr - shown.data()));
    return shown + "+" + std::string{stop, end};
}

std::string digits(std::mt19937& random, std::size_t most) {
    std::string text(random() % (most + 1), '0');
    for (char& c : text) {
        c = static_cast<char>('0' + random() % 10);
    }
    return text;
}

}  // namespace

TEST_CASE("decimal: what is short is read to its end") {
    CHECK(taken("0") == "0+");
    CHECK(taken("-0\n") == "-0+\n");
    CHECK(taken("12 34") == "12+ 34");
    CHECK(taken("3641.929930057808\nabcdefgh") == "3641.929930057808+\nabcdefgh");
    CHECK(taken("5.") == "5+");
    CHECK(taken(".5") == "0.5+");
    CHECK(taken("1.2e+06") == "1200000+");
    CHECK(taken("1E-3x") == "0.001+x");
    CHECK(taken("9007199254740992") == "9007199254740992+");
    CHECK(taken("0x10") == "0+x10");
    CHECK(taken("00012345678") == "12345678+");
}

TEST_CASE("decimal: what is not short is left alone") {
    for (const char* text : {"",
                             "-",
                             ".",
                             "-.",
                             "NaN",
                             "+1",
                             "Inf",
                             "e5",
                             "1e",
                             "1e+",
                             "1e400",
                             "1e23",
                             "9007199254740993",
                             "12345678901234567890",
                             "0.00000000000000000001"}) {
        CAPTURE(text);
        CHECK(taken(text) == "none");
    }
}

TEST_CASE("decimal: random numbers are the nearest doubles, as from_chars finds them") {
    std::mt19937 random{11};
    int read = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string text = (random() % 3 == 0 ? "-" : "") + digits(random, 12);
        text += random() % 2 == 0 ? "." + digits(random, 9) : "";
        text += random() % 3 == 0 ? "e" + std::to_string(static_cast<int>(random() % 60) - 30) : "";
        text += random() % 2 == 0 ? "\n" : "\n0123456789";
        double value = 0.0;
        const char* const end = text.data() + text.size();
        const char* const stop = read_decimal(text.data(), end, value);
        if (stop == nullptr) {
            continue;
        }
        ++read;
        double other = 0.0;
        const auto [other_stop, error] = std::from_chars(text.data(), end, other);
        CAPTURE(text);
        REQUIRE(error == std::errc{});
        REQUIRE(stop == other_stop);
        REQUIRE(std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(other));
    }
    CHECK(read > 150'000);
}
