// Symbols and the pool behind them: a text is held while it has users, and not longer.
#include "metrics/symbols.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tided::metrics;

TEST_CASE("symbols: a text has one number until its last user drops it") {
    Symbols symbols;
    const Symbol web = symbols.take("web");
    CHECK(symbols.take("web") == web);
    CHECK(symbols.find("web") == web);
    CHECK(symbols.find("api") == Symbols::none);
    symbols.share(web);
    symbols.drop(web);
    symbols.drop(web);
    CHECK(symbols.text(web) == "web");
    symbols.drop(web);
    CHECK(symbols.find("web") == Symbols::none);
    CHECK(symbols.size() == 0);
    CHECK(symbols.take("other") == web);
}

TEST_CASE("symbols: texts of each length stay as they are while others come and go") {
    Symbols symbols;
    std::vector<Symbol> kept;
    for (std::size_t length = 0; length < 600; ++length) {
        kept.push_back(symbols.take(std::string(length, 'k')));
        symbols.drop(symbols.take(std::string(length, 'g')));
    }
    for (std::size_t length = 0; length < 600; ++length) {
        CHECK(symbols.text(kept[length]) == std::string(length, 'k'));
    }
    CHECK(symbols.size() == 600);
}

TEST_CASE("symbols: churn takes no more memory than what is held at once") {
    Symbols symbols;
    const auto name = [](int n) {
        return "pod-" + std::string(static_cast<std::size_t>(n % 300), 'x') + std::to_string(n);
    };
    constexpr int at_once = 1000;
    std::vector<Symbol> held;
    for (int n = 0; n < at_once; ++n) {
        held.push_back(symbols.take(name(n)));
    }
    const std::size_t bytes = symbols.bytes();
    for (int n = at_once; n < 100 * at_once; ++n) {
        Symbol& oldest = held[static_cast<std::size_t>(n) % at_once];
        symbols.drop(oldest);
        oldest = symbols.take(name(n));
    }
    CHECK(symbols.size() == at_once);
    CHECK(symbols.bytes() < bytes + bytes / 4);
}
