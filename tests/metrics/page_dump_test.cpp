// Page dump: JSON Lines as `tided parse` prints them, and errors as a compiler prints them.
#include "metrics/page_dump.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;

namespace {

std::string dumped(std::string_view page, Format format = Format::text) {
    std::string out;
    const Status status = parse_to_json_lines(page, format, "page.txt", out);
    return status ? out : out + status.error().message;
}

}  // namespace

TEST_CASE("page dump: a line per series, metadata judged and not printed") {
    CHECK(dumped("# HELP a x\n# TYPE a counter\na 1\na{b=\"c\",d=\"\"} 0.5 1500\n") ==
          "{\"name\":\"a\",\"labels\":{},\"value\":\"1\",\"timestamp_ms\":null}\n"
          "{\"name\":\"a\",\"labels\":{\"b\":\"c\",\"d\":\"\"},\"value\":\"0.5\","
          "\"timestamp_ms\":1500}\n");
}

TEST_CASE("page dump: values as the query API writes them") {
    CHECK(dumped("a NaN\na inf\na -Inf\na 1e6\na 1e21\n") ==
          "{\"name\":\"a\",\"labels\":{},\"value\":\"NaN\",\"timestamp_ms\":null}\n"
          "{\"name\":\"a\",\"labels\":{},\"value\":\"+Inf\",\"timestamp_ms\":null}\n"
          "{\"name\":\"a\",\"labels\":{},\"value\":\"-Inf\",\"timestamp_ms\":null}\n"
          "{\"name\":\"a\",\"labels\":{},\"value\":\"1000000\",\"timestamp_ms\":null}\n"
          "{\"name\":\"a\",\"labels\":{},\"value\":\"1e+21\",\"timestamp_ms\":null}\n");
}

TEST_CASE("page dump: text is escaped as JSON wants it") {
    CHECK(dumped("{\"my \\\"metric\\\"\",\"a.b\"=\"x\\ny\\\\\t€\"} 1\n") ==
          "{\"name\":\"my \\\"metric\\\"\",\"labels\":{\"a.b\":\"x\\ny\\\\\\t€\"},\"value\":\"1\","
          "\"timestamp_ms\":null}\n");
}

TEST_CASE("page dump: the first error is told as file:line:col") {
    CHECK(dumped("a 1\na x\nb y\n") ==
          "{\"name\":\"a\",\"labels\":{},\"value\":\"1\",\"timestamp_ms\":null}\n"
          "page.txt:2:3: error: expected a number as the value, got \"x\"");
    CHECK(dumped("a 1\n", Format::openmetrics) ==
          "{\"name\":\"a\",\"labels\":{},\"value\":\"1\",\"timestamp_ms\":null}\n"
          "page.txt:2:1: error: expected \"# EOF\" as the last line, got the end of the page");
}

TEST_CASE("page dump: a page that ends in # EOF is taken for OpenMetrics") {
    CHECK(guessed_format("a 1\n# EOF\n") == Format::openmetrics);
    CHECK(guessed_format("# EOF") == Format::openmetrics);
    CHECK(guessed_format("a 1\n") == Format::text);
    CHECK(guessed_format("a 1 # EOF\n") == Format::text);
    CHECK(guessed_format("") == Format::text);
}
