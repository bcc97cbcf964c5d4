// Header look-up of an answer.
#include "actuators/transport.h"

#include <doctest/doctest.h>

using tided::actuators::Response;

TEST_CASE("response: a header is found whatever its case, the first of its name") {
    const Response response{.status = 429,
                            .headers = {{"Content-Type", "application/json"},
                                        {"retry-after", "3"},
                                        {"Retry-After", "9"}},
                            .body = {}};
    CHECK(response.header("Retry-After") == "3");
    CHECK(response.header("CONTENT-TYPE") == "application/json");
    CHECK(response.header("Retry-Afte").empty());
    CHECK(response.header("X-None").empty());
}
