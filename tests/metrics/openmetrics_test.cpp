// OpenMetrics: what is read, where it is stricter than text, every error as a whole sentence.
#include "metrics/openmetrics.h"

#include <doctest/doctest.h>

#include "tests/support/entries.h"

using namespace tided;
using namespace tided::metrics;
using test::entries;
using test::error_of;
using Texts = std::vector<std::string>;

namespace {

Texts read(std::string_view page) {
    return entries(Format::openmetrics, page);
}

std::string error(std::string_view page) {
    return error_of(Format::openmetrics, page);
}

}  // namespace

TEST_CASE("openmetrics: series, timestamps in seconds, the end of the page") {
    CHECK(read("# EOF\n").empty());
    CHECK(read("# EOF").empty());
    CHECK(read("a 1\n# EOF\n") == Texts{"series a 1"});
    CHECK(read("a{b=\"c\",} 33 123.123\n# EOF\n") == Texts{"series a{b=\"c\"} 33 @123123"});
    CHECK(read("a 17.0 1520879607.789\n# EOF\n") == Texts{"series a 17 @1520879607789"});
    CHECK(read("a 1 -1.5\na 1 1e3\na{} NaN 0\n# EOF\n") ==
          Texts{"series a 1 @-1500", "series a 1 @1000000", "series a NaN @0"});
    CHECK(read("a 1 1e300\n# EOF\n") == Texts{"series a 1 @-9223372036854775808"});
}

TEST_CASE("openmetrics: metadata of every type") {
    CHECK(read("# HELP a_seconds The \\\"text\\\".\n# TYPE a_seconds gauge\n"
               "# UNIT a_seconds seconds\n# HELP b \n# UNIT c \n# EOF\n") ==
          Texts{"help a_seconds|The \\\"text\\\".",
                "type a_seconds|2",
                "unit a_seconds|seconds",
                "help b|",
                "unit c|"});
    CHECK(
        read("# TYPE a counter\n# TYPE b histogram\n# TYPE c gaugehistogram\n# TYPE d summary\n"
             "# TYPE e info\n# TYPE f stateset\n# TYPE g unknown\n# EOF\n") ==
        Texts{"type a|1", "type b|3", "type c|4", "type d|5", "type e|6", "type f|7", "type g|0"});
}

TEST_CASE("openmetrics: repeated and interleaved metadata is taken, as Prometheus takes it") {
    CHECK(read("# TYPE a counter\na_total 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\na 1\n# EOF\n")
              .size() == 6);
}

TEST_CASE("openmetrics: exemplars with and without timestamps") {
    CHECK(read("a_bucket{le=\"+Inf\"} 1 # {id=\"x\"} 4\n# EOF\n") ==
          Texts{"series a_bucket{le=\"+Inf\"} 1 #id=x 4"});
    CHECK(read("a_count 1 2.5 # {id=\"x\",\"y z\"=\"\\\"\"} 4 123.321\n# EOF\n") ==
          Texts{"series a_count 1 @2500 #id=x y z=\" 4 @123321"});
    CHECK(read("a_total 1 # {} 0.5\nb 1\n# EOF\n") == Texts{"series a_total 1 #0.5", "series b 1"});
}

TEST_CASE("openmetrics: quoted names") {
    CHECK(read("# HELP \"go.gc\" x\n# UNIT \"go.gc_seconds\" seconds\n{\"go.gc\",q=\"0\"} 1\n"
               "{q=\"0.9\",\"http.status\",a=\"b\"} 2\na{\"b.c\"=\"d\"} 3\n# EOF\n") ==
          Texts{"help go.gc|x",
                "unit go.gc_seconds|seconds",
                "series go.gc{q=\"0\"} 1",
                "series http.status{a=\"b\",q=\"0.9\"} 2",
                "series a{b.c=\"d\"} 3"});
}

TEST_CASE("openmetrics: what is refused, with line, column, wish and find") {
    struct Row {
        const char* page;
        const char* message;
    };
    const Row rows[] = {
        {"", "1:1: expected \"# EOF\" as the last line, got the end of the page"},
        {"a 1\n", "2:1: expected \"# EOF\" as the last line, got the end of the page"},
        {"\n# EOF\n", "1:1: expected a metric name or \"# \", got the end of the line"},
        {" a 1\n# EOF\n", "1:1: expected a metric name or \"# \", got a space"},
        {"# EOF\n\n", "2:1: expected nothing after \"# EOF\", got the end of the line"},
        {"# EOF\na 1\n", "2:1: expected nothing after \"# EOF\", got \"a\""},
        {"# EOFx", "1:6: expected nothing after \"# EOF\", got \"x\""},
        {"#EOF\n", "1:2: expected a space after \"#\", got \"E\""},
        {"#", "1:2: expected a space after \"#\", got the end of the page"},
        {"# comment\n# EOF\n",
         "1:3: expected HELP, TYPE, UNIT or EOF after \"# \", got \"comment\""},
        {"# HELP\n# EOF\n", "1:3: expected HELP, TYPE, UNIT or EOF after \"# \", got \"HELP\""},
        {"# HELP 1\n", "1:8: expected a metric name after HELP, got \"1\""},
        {"# HELP a\n", "1:9: expected a space after the metric name, got the end of the line"},
        {"# HELP a b", "1:11: expected the end of the line, got the end of the page"},
        {"# HELP a \xff\n", "1:10: expected valid UTF-8 in the help text, got byte 0xff"},
        {"# TYPE a untyped\n",
         "1:10: expected a metric type (counter, gauge, histogram, gaugehistogram, summary, info, "
         "stateset or unknown), got \"untyped\""},
        {"# UNIT a_seconds ms\n",
         "1:8: expected a metric name that ends in its unit, \"_ms\", got \"a_seconds\""},
        {"# UNIT s s\n", "1:8: expected a metric name that ends in its unit, \"_s\", got \"s\""},
        {"a\n# EOF\n",
         "1:2: expected a space and a value after the metric, got the end of the line"},
        {"a\t1\n# EOF\n", "1:2: expected a space and a value after the metric, got byte 0x09"},
        {"a  1\n# EOF\n", "1:3: expected a value after the metric, got a space"},
        {"a {b=\"c\"} 1\n# EOF\n", "1:3: expected a number as the value, got \"{b=\"c\"}\""},
        {"a x\n# EOF\n", "1:3: expected a number as the value, got \"x\""},
        {"a 1", "1:4: expected the end of the line after the value, got the end of the page"},
        {"a 1 2", "1:6: expected the end of the line after the timestamp, got the end of the page"},
        {"a 1\r\n# EOF\n", "1:3: expected a number as the value, got \"1\\x0d\""},
        {"a 1 \n# EOF\n", "1:5: expected a timestamp in seconds, got \"\""},
        {"a 1 x\n# EOF\n", "1:5: expected a timestamp in seconds, got \"x\""},
        {"a 1 NaN\n# EOF\n", "1:5: expected a timestamp in seconds, got \"NaN\""},
        {"a 1 +Inf\n# EOF\n", "1:5: expected a timestamp in seconds, got \"+Inf\""},
        {"a 1 2 3\n# EOF\n", "1:6: expected the end of the line after the timestamp, got a space"},
        {"a 1 #\n# EOF\n", "1:4: expected the end of the line after the value, got a space"},
        {"a{b=\"1\" c=\"2\"} 1\n", "1:8: expected \",\" or \"}\" after the label, got a space"},
        {"a{b=\"1\"c=\"2\"} 1\n", "1:8: expected \",\" or \"}\" after the label, got \"c\""},
        {"a{ b=\"1\"} 1\n", "1:3: expected a label name or \"}\", got a space"},
        {"a{b=\"1\",,} 1\n", "1:9: expected a label name or \"}\", got \",\""},
        {"a{b} 1\n", "1:4: expected \"=\" after the label name, got \"}\""},
        {"a{b=1} 1\n", "1:5: expected a label value in double quotes, got \"1\""},
        {"a{b=\"x\ny\"} 1\n",
         "1:7: expected a closing double quote of the label value, got the end of the line"},
        {"{a=\"b\"} 1\n",
         "1:1: expected a metric name before or inside the braces, got \"{a=\"b\"}\""},
        {"{\"a\",\"b\"} 1\n", "1:6: expected one metric name, got \"b\""},
        {"a 1 # {\"b\"} 1\n", "1:11: expected \"=\" after the label name, got \"}\""},
        {"a 1 # {b=\"c\"}\n# EOF\n",
         "1:14: expected a space and a value after the exemplar's labels, got the end of the line"},
        {"a 1 # {b=\"c\"} x\n", "1:15: expected a number as the value, got \"x\""},
        {"a 1 # {b=\"c\"} 1 x\n", "1:17: expected a timestamp in seconds, got \"x\""},
        {"a 1 # {b=\"c\"} 1 2 3\n",
         "1:18: expected the end of the line after the exemplar, got a space"},
        {"\xef\xbb\xbf# EOF\n", "1:1: expected a metric name or \"# \", got byte 0xef"},
    };
    for (const Row& row : rows) {
        INFO(row.page);
        CHECK(error(row.page) == row.message);
    }
}

TEST_CASE("openmetrics: NUL is text inside quotes only") {
    CHECK(read(std::string{"a{b=\"x\0\"} 1\n# EOF\n", 18}) ==
          Texts{std::string{"series a{b=\"x\0\"} 1", 18}});
    CHECK(error(std::string{"\0# EOF\n", 7}) ==
          "1:1: expected a metric name or \"# \", got byte 0x00");
    CHECK(error(std::string{"a 1\0\n", 5}) ==
          "1:4: expected the end of the line after the value, got byte 0x00");
}

TEST_CASE("openmetrics: the known path reads what next() reads, or leaves the line alone") {
    struct Row {
        std::string page;
        std::string key;
        bool taken;
    };
    const Row rows[] = {
        {"a 1\n# EOF\n", "a", true},
        {"a{b=\"c\"} 1 5.5\n# EOF\n", "a{b=\"c\"}", true},
        {"a 1", "a", false},
        {"a 1 # {} 1\n# EOF\n", "a", false},
        {"a 1 2 # {} 1\n# EOF\n", "a", false},
        {"a 1 x\n# EOF\n", "a", false},
        {"a 1 2 3\n# EOF\n", "a", false},
        {"a x\n# EOF\n", "a", false},
        {"ab 1\n# EOF\n", "a", false},
        {"# EOF\n", "a", false},
    };
    for (const Row& row : rows) {
        INFO(row.page);
        OpenMetricsParser known{row.page};
        OpenMetricsParser fresh{row.page};
        CHECK(known.next_known(row.key) == row.taken);
        if (row.taken) {
            REQUIRE(fresh.next() == Entry::series);
            CHECK(known.value() == fresh.value());
            CHECK(known.timestamp_ms() == fresh.timestamp_ms());
        }
        const auto rest = known.next();
        const auto same = fresh.next();
        REQUIRE(rest.has_value() == same.has_value());
        if (rest) {
            CHECK(*rest == *same);
        }
    }
}
