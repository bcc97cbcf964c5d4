// The text format: what is read, what Prometheus oddly takes, every error as a whole sentence.
#include "metrics/exposition.h"

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/support/entries.h"

using namespace tided;
using namespace tided::metrics;
using test::entries;
using test::error_of;
using Texts = std::vector<std::string>;

namespace {

Texts read(std::string_view page) {
    return entries(Format::text, page);
}

std::string error(std::string_view page) {
    return error_of(Format::text, page);
}

std::string content(const std::string& name) {
    std::ifstream file{std::string{TIDED_TEST_DATA} + "/pages/" + name};
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::size_t count_of(const Texts& texts, const std::string& prefix) {
    std::size_t count = 0;
    for (const std::string& text : texts) {
        count += text.starts_with(prefix) ? 1U : 0U;
    }
    return count;
}

// A page of `families` histograms with `buckets` buckets each, as client libraries write them.
std::string histogram_page(int families, int buckets) {
    std::string page;
    for (int f = 0; f < families; ++f) {
        const std::string name = "request_duration_" + std::to_string(f) + "_seconds";
        page += "# HELP " + name + " How long.\n# TYPE " + name + " histogram\n";
        for (int b = 1; b <= buckets; ++b) {
            page += name + "_bucket{path=\"/a b\",le=\"" + std::to_string(b) + "\"} " +
                    std::to_string(b * 10) + "\n";
        }
        page += name + "_bucket{path=\"/a b\",le=\"+Inf\"} 999\n";
        page += name + "_sum{path=\"/a b\"} 1.5\n" + name + "_count{path=\"/a b\"} 999\n";
    }
    return page;
}

}  // namespace

TEST_CASE("text: series with and without labels, values and timestamps") {
    CHECK(read("a 1\n") == Texts{"series a 1"});
    CHECK(read("a{} 1\n") == Texts{"series a 1"});
    CHECK(read("a{b=\"c\"} 1\n") == Texts{"series a{b=\"c\"} 1"});
    CHECK(read("a{z=\"1\",b=\"2\",} -0.5 1500\n") == Texts{"series a{b=\"2\",z=\"1\"} -0.5 @1500"});
    CHECK(read("some:rule:rate5m 4.9351e-05\n") == Texts{"series some:rule:rate5m 0.000049351"});
    CHECK(read("_a{_b=\"x\"} NaN\na +Inf\na -Inf\na Inf\n") ==
          Texts{"series _a{_b=\"x\"} NaN", "series a +Inf", "series a -Inf", "series a +Inf"});
    CHECK(read("requests_total -3\n") == Texts{"series requests_total -3"});
}

TEST_CASE("text: nothing is an empty page, and so are blank lines") {
    CHECK(read("").empty());
    CHECK(read("\n\n").empty());
    CHECK(read(" \t\n\t\n ").empty());
}

TEST_CASE("text: the last line needs no end") {
    CHECK(read("a 1") == Texts{"series a 1"});
    CHECK(read("a 1 2") == Texts{"series a 1 @2"});
    CHECK(read("# HELP a b") == Texts{"help a|b"});
    CHECK(read("# TYPE a gauge") == Texts{"type a|2"});
    CHECK(read("# c") == Texts{"comment # c"});
}

TEST_CASE("text: spaces and tabs are free between tokens") {
    CHECK(read("a { b = \"c\" , d = \"e\" , }\t1 \t 2 \n") ==
          Texts{"series a{b=\"c\",d=\"e\"} 1 @2"});
    CHECK(read(" \t# TYPE a gauge\n {\"a\"}\t1\n") == Texts{"type a|2", "series a 1"});
    CHECK(read("a{b=\"c\"}1\n") == Texts{"series a{b=\"c\"} 1"});
}

TEST_CASE("text: odd forms that Prometheus takes") {
    CHECK(read("a{b=\"1\" c=\"2\"} 1\n") == Texts{"series a{b=\"1\",c=\"2\"} 1"});
    CHECK(read("a+1\n") == Texts{"series a 1"});
    CHECK(read("a{b=\"x\ny\"} 1\n") == Texts{"series a{b=\"x\\ny\"} 1"});
    CHECK(read(std::string_view{"a 1\n\0{{{", 8}) == Texts{"series a 1"});
}

TEST_CASE("text: escapes are resolved, unknown ones stay") {
    CHECK(read("a{b=\"\\\"x\\\\ \\n \\t\"} 1\n") == Texts{"series a{b=\"\\\"x\\\\ \\n \\\\t\"} 1"});
    CHECK(unescaped("\\\\n") == "\\n");
    CHECK(unescaped("end\\") == "end\\");
}

TEST_CASE("text: UTF-8, NUL and braces inside label values") {
    CHECK(read("a{b=\"10€ 日本\"} 1\n") == Texts{"series a{b=\"10€ 日本\"} 1"});
    CHECK(read("a{b=\"}{,=\"} 1\n") == Texts{"series a{b=\"}{,=\"} 1"});
    const std::string with_nul{"a{b=\"x\0y\"} 1\n", 14};
    CHECK(read(with_nul) == Texts{std::string{"series a{b=\"x\0y\"} 1", 19}});
}

TEST_CASE("text: a label value may be huge") {
    const std::string huge(1'000'000, 'x');
    CHECK(read("a{b=\"" + huge + "\"} 1\n") == Texts{"series a{b=\"" + huge + "\"} 1"});
}

TEST_CASE("text: quoted names") {
    CHECK(read("{\"my.metric\",label=\"x\"} 1\n") == Texts{"series my.metric{label=\"x\"} 1"});
    CHECK(read("{ \"my.metric\" , \"a label\"=\"x\" } 1\n") ==
          Texts{"series my.metric{a label=\"x\"} 1"});
    CHECK(read("{\"m\"} 1\n") == Texts{"series m 1"});
    CHECK(read("{a=\"1\",\"m\",b=\"2\"} 1\n") == Texts{"series m{a=\"1\",b=\"2\"} 1"});
    CHECK(read("m{\"a.b\"=\"1\"} 1\n") == Texts{"series m{a.b=\"1\"} 1"});
    CHECK(read("# HELP \"my.metric\" text\n# TYPE \"my.metric\" counter\n") ==
          Texts{"help my.metric|text", "type my.metric|1"});
}

TEST_CASE("text: an empty label is an absent one in the series' identity") {
    CHECK(read("a{b=\"\",c=\"1\"} 1\n") == Texts{"series a{c=\"1\"} 1"});
}

TEST_CASE("text: metadata and comments") {
    CHECK(read("# HELP a The \\n text.\n# TYPE a counter\n#\n# Hello\n#HELP a b\n# HELP\n") ==
          Texts{"help a|The \\n text.",
                "type a|1",
                "comment #",
                "comment # Hello",
                "comment #HELP a b",
                "comment # HELP"});
    CHECK(read("# \t HELP \t a b\n#  TYPE a summary\n") == Texts{"help a|b", "type a|5"});
    CHECK(read("# HELP a\n# HELP b \n# HELP c \t\n") == Texts{"help a|", "help b|", "help c|"});
    CHECK(read("# HELP a  b\n") == Texts{"help a| b"});
    CHECK(read("# HELP foo-bar baz\n") == Texts{"help foo|bar baz"});
    CHECK(read("# TYPE a untyped\n# TYPE a histogram\n# UNIT a s\n# EOF\n") ==
          Texts{"type a|0", "type a|3", "comment # UNIT a s", "comment # EOF"});
    CHECK(read("# TYPEX a\n# HELPa b\n") == Texts{"comment # TYPEX a", "comment # HELPa b"});
}

TEST_CASE("text: repeated and interleaved metadata is taken, as Prometheus takes it") {
    CHECK(
        read("# TYPE a counter\n# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\na{x=\"1\"} 1\n").size() ==
        6);
}

TEST_CASE("text: what is refused, with line, column, wish and find") {
    struct Row {
        const char* page;
        const char* message;
    };
    const Row rows[] = {
        {"a 1\n$", "2:1: expected a metric name or \"#\", got \"$\""},
        {"\n\n1a 1", "3:1: expected a metric name or \"#\", got \"1\""},
        {"a 1\n b 1\n", "2:1: expected a metric name or \"#\", got a space"},
        {"\ta 1\n", "1:1: expected a metric name or \"#\", got byte 0x09"},
        {"\xef\xbb\xbf"
         "a 1\n",
         "1:1: expected a metric name or \"#\", got byte 0xef"},
        {"\r\n", "1:1: expected a metric name or \"#\", got byte 0x0d"},
        {"<html>", "1:1: expected a metric name or \"#\", got \"<\""},
        {"a", "1:2: expected a value after the metric, got the end of the page"},
        {"a\n", "1:2: expected a value after the metric, got the end of the line"},
        {"a{b=\"c\"} \n", "1:10: expected a value after the metric, got the end of the line"},
        {"a{} {}", "1:5: expected a value after the metric, got \"{\""},
        {"a true\n", "1:3: expected a number as the value, got \"true\""},
        {"a 1_2\n", "1:3: expected a number as the value, got \"1_2\""},
        {"a 0x1p-3\n", "1:3: expected a number as the value, got \"0x1p-3\""},
        {"a 1e999\n", "1:3: expected a number as the value, got \"1e999\""},
        {"a 1\r\n", "1:3: expected a number as the value, got \"1\\x0d\""},
        {"a 1 x\n", "1:5: expected a timestamp in milliseconds or the end of the line, got \"x\""},
        {"a 1 -5\n", "1:5: expected a timestamp in milliseconds or the end of the line, got \"-\""},
        {"a 1{\n", "1:4: expected a timestamp in milliseconds or the end of the line, got \"{\""},
        {"a 1 99999999999999999999\n",
         "1:5: expected a timestamp that fits in 64 bits, got \"99999999999999999999\""},
        {"a 0 1_2\n", "1:6: expected the end of the line after the timestamp, got \"_\""},
        {"a 0 1 2\n", "1:7: expected the end of the line after the timestamp, got \"2\""},
        {"a 0 1\r\n", "1:6: expected the end of the line after the timestamp, got byte 0x0d"},
        {"a{b='c'} 1\n", "1:5: expected a label value in double quotes, got \"'\""},
        {"a{b=\n", "1:5: expected a label value in double quotes, got the end of the line"},
        {"a{b} 1\n", "1:4: expected \"=\" after the label name, got \"}\""},
        {"a{b c=\"1\"} 1\n", "1:5: expected \"=\" after the label name, got \"c\""},
        {"a{=\"\"} 0\n", "1:3: expected a label name or \"}\", got \"=\""},
        {"a{,} 0\n", "1:3: expected a label name or \"}\", got \",\""},
        {"a{b=\"1\",,} 0\n", "1:9: expected a label name or \"}\", got \",\""},
        {"a{b:c=\"1\"} 0\n", "1:4: expected \"=\" after the label name, got \":\""},
        {"a{\xff=\"foo\"} 1\n", "1:3: expected a label name or \"}\", got byte 0xff"},
        {"a{", "1:3: expected a label name or \"}\", got the end of the page"},
        {"a{b=\"x\xffy\"} 1\n", "1:7: expected valid UTF-8 in the label value, got byte 0xff"},
        {"a{b=\"x",
         "1:7: expected a closing double quote of the label value, got the end of the page"},
        {"a{b=\"x\\",
         "1:8: expected a closing double quote of the label value, got the end of the page"},
        {"a{b=\"x\\\ny\"} 1",
         "1:8: expected a closing double quote of the label value, got the end of the line"},
        {"a{b=\"1\",b=\"2\"} 1\n",
         "1:1: expected each label once, but \"b\" comes twice, got \"a{b=\"1\",b=\"2\"}\""},
        {"{a=\"ok\"} 1",
         "1:1: expected a metric name before or inside the braces, got \"{a=\"ok\"}\""},
        {"a{\"b\"} 1", "1:3: expected one metric name, got \"b\""},
        {"{\"\"} 1", "1:2: expected a name inside the double quotes, got \"\""},
        {"{\"a\xff\"} 1", "1:4: expected valid UTF-8 in a name, got byte 0xff"},
        {"# TYPE #\n", "1:8: expected a metric name after TYPE, got \"#\""},
        {"a 1\n# HELP \n", "2:8: expected a metric name after HELP, got the end of the line"},
        {"# TYPE \"a",
         "1:10: expected a closing double quote of the metric name, got the end of the page"},
        {"# HELP a \xff\n", "1:10: expected valid UTF-8 in the help text, got byte 0xff"},
        {"# TYPE a\n",
         "1:9: expected a metric type (counter, gauge, histogram, summary or untyped), got \"\""},
        {"# TYPE a counter \n",
         "1:10: expected a metric type (counter, gauge, histogram, summary or untyped), got "
         "\"counter \""},
        {"# TYPE a info\n",
         "1:10: expected a metric type (counter, gauge, histogram, summary or untyped), got "
         "\"info\""},
    };
    for (const Row& row : rows) {
        INFO(row.page);
        CHECK(error(row.page) == row.message);
    }
}

TEST_CASE("text: NUL outside quotes is refused") {
    CHECK(error(std::string{"a\0{b=\"d\"} 1", 11}) ==
          "1:2: expected a value after the metric, got byte 0x00");
    CHECK(error(std::string{"a 0 1\0", 6}) ==
          "1:6: expected the end of the line after the timestamp, got byte 0x00");
    CHECK(error(std::string{"{\"a\0\"} 1", 8}) ==
          "1:4: expected a closing double quote of a name, got byte 0x00");
}

TEST_CASE("text: NUL in comments is text or ends the page, as in Prometheus' lexer") {
    CHECK(read(std::string{"# a\0b\nc 1\n", 10}) ==
          Texts{std::string{"comment # a\0b", 13}, "series c 1"});
    CHECK(read(std::string{"a 1\n#\0b\nc 1\n", 13}) == Texts{"series a 1"});
    CHECK(read(std::string{"a 1\n# \0b\nc 1\n", 14}) == Texts{"series a 1"});
    CHECK(read(std::string{"# HELP a x\0y\n", 13}) == Texts{std::string{"help a|x\0y", 10}});
    CHECK(error(std::string{"# HELP a\0x\n", 11}) ==
          "1:9: expected a space after the metric name, got byte 0x00");
}

TEST_CASE("text: labels that repeat are found however they are written") {
    CHECK(error("a{__name__=\"b\"} 1\n")
              .starts_with("1:1: expected each label once, but \"__name__\" comes twice"));
    CHECK(error("a{\"b\"=\"1\",b=\"2\"} 1\n")
              .starts_with("1:1: expected each label once, but \"b\" comes twice"));
    CHECK(error("a{\"x\\ny\"=\"1\",\"x\ny\"=\"2\"} 1\n")
              .starts_with("1:1: expected each label once, but \"x\ny\" comes twice"));
    std::string many = "a{";
    for (int i = 0; i < 50; ++i) {
        many += "l" + std::to_string(i) + "=\"v\",";
    }
    CHECK(error(many + "} 1\n").empty());
    CHECK(error(many + "l7=\"v\"} 1\n")
              .starts_with("1:1: expected each label once, but \"l7\" comes twice"));
}

TEST_CASE("text: what is shown of a long find is cut") {
    const std::string message = error("a " + std::string(100, 'x') + "\n");
    CHECK(message ==
          "1:3: expected a number as the value, got \"" + std::string(60, 'x') + "...\"");
}

TEST_CASE("text: real pages are read whole") {
    const Texts node = read(content("node_real.txt"));
    CHECK(count_of(node, "series ") == 606);
    CHECK(count_of(node, "error ") == 0);
    const Texts app = read(content("app200.txt"));
    CHECK(count_of(app, "series ") == 200);
    CHECK(count_of(app, "error ") == 0);
    const Texts histograms = read(histogram_page(20, 50));
    CHECK(count_of(histograms, "series ") == 20 * 53);
    CHECK(count_of(histograms, "error ") == 0);
}

TEST_CASE("text: the known path reads what next() reads, or leaves the line alone") {
    struct Row {
        std::string page;
        std::string key;
        bool taken;
    };
    const Row rows[] = {
        {"a 1\nb 2\n", "a", true},
        {"a{b=\"c\"} 1 5\n", "a{b=\"c\"}", true},
        {"a 1", "a", true},
        {"a NaN\n", "a", true},
        {"ab 1\n", "a", false},
        {"a\t1\n", "a", false},
        {"a  1\n", "a", false},
        {"a {b=\"c\"} 1\n", "a", false},
        {"a 1 \n", "a", false},
        {"a x\n", "a", false},
        {"a 1 x\n", "a", false},
        {"a 1 99999999999999999999\n", "a", false},
        {"a 1 5 6\n", "a", false},
        {"a", "a", false},
        {"a ", "a", false},
        {"", "a", false},
    };
    for (const Row& row : rows) {
        INFO(row.page);
        ExpositionParser known{row.page};
        ExpositionParser fresh{row.page};
        CHECK(known.next_known(row.key) == row.taken);
        if (row.taken) {
            REQUIRE(fresh.next() == Entry::series);
            CHECK(fresh.key() == row.key);
            CHECK(format_number(known.value()) == format_number(fresh.value()));
            CHECK(known.timestamp_ms() == fresh.timestamp_ms());
        }
        const auto rest = known.next();
        const auto same = fresh.next();
        CHECK(rest.has_value() == same.has_value());
        if (rest && same) {
            CHECK(*rest == *same);
        }
    }
}
