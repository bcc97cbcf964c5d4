// Percent-encoding: any bytes there and back, and what is no encoding.
#include "metrics/percent.h"

#include <doctest/doctest.h>

using namespace tided::metrics;

TEST_CASE("percent: every byte there and back, the unreserved as they are") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    CHECK(percent_decoded(percent_encoded(all)) == all);
    CHECK(percent_encoded("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encoded("a b/c[d=\xc3\xa9]%+") == "a%20b%2Fc%5Bd%3D%C3%A9%5D%25%2B");
}

TEST_CASE("percent: small letters are decoded too, and no plus is a blank") {
    CHECK(percent_decoded("%5bx%5D+y") == "[x]+y");
    CHECK(percent_decoded("") == "");
}

TEST_CASE("percent: a % without two hex digits is no encoding") {
    for (const char* text : {"%", "a%2", "%zz", "%2g", "%%20"}) {
        CHECK_FALSE(percent_decoded(text));
    }
}
