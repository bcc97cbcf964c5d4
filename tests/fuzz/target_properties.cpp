#include "tests/fuzz/target_properties.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "metrics/discovery/target.h"
#include "metrics/utf8.h"

namespace tided::metrics::test {
namespace {

constexpr std::size_t most_judged = 100;

void check_target(const Labels& found) {
    static const ScrapeSpec spec{.name = "fuzz"};
    static const Relabelling rules =
        Relabelling::make({{.source_labels = {"a", "__address__"},
                            .regex = "(.*);(.*)",
                            .target_label = "x$1",
                            .replacement = "${2}$1"},
                           {.action = RelabelSpec::Action::labelmap, .regex = "b(.*)"}})
            .value();
    const Judged one = judged(spec, rules, found);
    if (one.verdict == Judged::Verdict::kept) {
        require(one.target.url.starts_with("http"), "a URL is absolute");
        require(one.target.labels == normalised(one.target.labels), "labels are normalised");
        require(std::none_of(one.target.labels.begin(),
                             one.target.labels.end(),
                             [](const Label& label) { return label.name.starts_with("__"); }),
                "no label of the inside is left");
    } else if (one.verdict == Judged::Verdict::invalid) {
        require(!one.why.empty(), "a refusal has a message");
    }
}

}  // namespace

void require(bool holds, const char* property) {
    if (!holds) {
        std::fprintf(stderr, "property broken: %s\n", property);
        std::abort();
    }
}

void check_sentence(const std::string& text) {
    require(!text.empty(), "a refusal has a message");
    require(valid_utf8_prefix(text) == text.size(), "a message is valid UTF-8");
    require(text.find('\n') == std::string::npos, "a message is one line");
}

void check_targets(const std::vector<Labels>& found) {
    for (std::size_t i = 0; i < std::min(found.size(), most_judged); ++i) {
        check_target(found[i]);
    }
}

}  // namespace tided::metrics::test
