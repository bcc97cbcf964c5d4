// Target groups: lists of targets in JSON and YAML, and what is wrong with them where.
#include "metrics/discovery/target_groups.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;

namespace {

std::string shown(const Result<std::vector<TargetGroup>>& groups) {
    if (!groups) {
        return "error " + groups.error().message;
    }
    std::string text;
    for (const TargetGroup& group : *groups) {
        text += "[";
        for (const Labels& labels : group) {
            text += to_string(labels);
        }
        text += "]";
    }
    return text;
}

struct Row {
    const char* text;
    const char* expected;
};

}  // namespace

TEST_CASE("target groups: JSON") {
    for (const Row& row :
         {Row{"[]", ""},
          Row{R"([{"targets": ["a:1", "b:1"], "labels": {"z": "1", "y": ""}}, {"labels": {}}])",
              R"([{__address__="a:1",z="1"}{__address__="b:1",z="1"}][])"},
          Row{R"([{"targets": null, "labels": null}])", "[]"},
          Row{"[{\"targets\": [\"a:1\"]},\n {\"tar", "error 2: not JSON: incomplete JSON"},
          Row{"", "error 1: not JSON: incomplete JSON"},
          Row{"[]\n]", "error 2: not JSON: extra data"},
          Row{"[\n\n{\"targets\": [x]}]", "error 3: not JSON: syntax error"},
          Row{"{}", "error 1: a list of {\"targets\": [...], \"labels\": {...}} is missing"},
          Row{"[1]", "error group 1: it is no object"},
          Row{R"([{}, {"targets": "a:1"}])", "error group 2: 'targets' must be a list of strings"},
          Row{R"([{"targets": [1]}])", "error group 1: 'targets' must be a list of strings"},
          Row{R"([{"labels": {"a": 1}}])", "error group 1: 'labels' must be a table of strings"},
          Row{R"([{"labels": {"a-b": "1"}}])", "error group 1: \"a-b\" is no label's name"},
          Row{R"([{"target": []}])",
              "error group 1: unknown key 'target', only 'targets' and 'labels' are known"}}) {
        INFO(row.text);
        CHECK(shown(read_json_groups(row.text)) == row.expected);
    }
}

TEST_CASE("target groups: YAML") {
    for (const Row& row :
         {Row{"[]", ""},
          Row{"- targets: [a:1, 'b:1']\n  labels:\n    z: 1\n- targets:\n",
              R"([{__address__="a:1",z="1"}{__address__="b:1",z="1"}][])"},
          Row{R"([{"targets": ["a:1"]}])", R"([{__address__="a:1"}])"},
          Row{"# nothing yet\n",
              "error 1: a list of {\"targets\": [...], \"labels\": {...}} is missing"},
          Row{"- targets: [a:1\n", "error 2: not YAML: end of sequence flow not found"},
          Row{"-\n  targets: a:1\n", "error 2: 'targets' must be a list of strings"},
          Row{"- targets: []\n  labels:\n    a: [1]\n",
              "error 3: 'labels' must be a table of strings"},
          Row{"- labels:\n    a-b: 1\n", "error 2: \"a-b\" is no label's name"},
          Row{"- targets: []\n  label: {}\n",
              "error 2: unknown key 'label', only 'targets' and 'labels' are known"},
          Row{"- a\n", "error 1: it is no table with 'targets' and 'labels'"},
          Row{"- targets: []\n- \xff\n", "error 2: not UTF-8"}}) {
        INFO(row.text);
        CHECK(shown(read_yaml_groups(row.text)) == row.expected);
    }
}

TEST_CASE("target groups: aliases cannot make a small text endless") {
    std::string text = "- targets: &t [";
    for (int i = 0; i < 1000; ++i) {
        text += "a:1,";
    }
    text += "]\n";
    for (int i = 0; i < 1000; ++i) {
        text += "- targets: *t\n";
    }
    CHECK(shown(read_yaml_groups(text)).ends_with("more than 200000 targets"));
}
