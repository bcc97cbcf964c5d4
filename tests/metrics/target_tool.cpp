// The targets that each scrape source of a policy file makes of one list of target groups, as JSON
// lines: for the differential test against Prometheus.
//
//   target_tool POLICY_FILE GROUPS.json   ->   {"job": "...", "url": "...", "labels": {...}}
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <boost/json.hpp>

#include "daemon/config/load.h"
#include "metrics/discovery/target_groups.h"
#include "metrics/discovery/target_set.h"

using namespace tided;

namespace {

void print_targets(const metrics::ScrapeSpec& spec,
                   const std::vector<metrics::TargetGroup>& groups) {
    metrics::TargetSet set{spec, metrics::Relabelling::make(spec.discovery.relabel).value()};
    std::vector<metrics::Found> news;
    for (const metrics::TargetGroup& group : groups) {
        news.push_back({.place = std::to_string(news.size()), .targets = group});
    }
    for (const auto& [id, target] : set.take(news).come) {
        boost::json::object labels;
        for (const Label& label : target.labels) {
            labels[label.name] = label.value;
        }
        const boost::json::object line{{"job", spec.name}, {"url", target.url}, {"labels", labels}};
        std::printf("%s\n", boost::json::serialize(line).c_str());
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        return 2;
    }
    const config::Loaded loaded = config::load(argv[1], {});
    std::ifstream file{argv[2]};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto groups = metrics::read_json_groups(text);
    if (!loaded.ok() || !groups) {
        for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
            std::fprintf(stderr, "%s\n", render(diagnostic).c_str());
        }
        return 3;
    }
    for (const config::Source& source : loaded.config.sources) {
        print_targets(std::get<metrics::ScrapeSpec>(source.spec), *groups);
    }
    return 0;
}
