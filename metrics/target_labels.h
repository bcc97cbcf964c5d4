// Target labels: what a scrape adds to every series of a page, by Prometheus' rules.
//
//   honor_labels = false   the target's label wins; the page's goes on as "exported_" + name, with
//                          the prefix repeated until the name is free
//   honor_labels = true    the page's label wins, an empty one on the page removes the target's
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/page_parser.h"
#include "metrics/spec.h"
#include "policy/vocab/labels.h"

namespace tided::metrics {

/// Where a target is and what tells it apart.
struct Target {
    std::string url;       ///< absolute
    std::string shown{};   ///< for messages: the URL without user and query, which may be secret
    std::string instance;  ///< the label's value: "host:port"
};

/// The targets of a source: its addresses completed with scheme and path. An instance is
/// "host:port"; where two targets of the source share one, the URL as shown; where they share that
/// too, with "#1", "#2" ... after it, in the order of the source's targets.
[[nodiscard]] std::vector<Target> targets_of(const ScrapeSpec& spec);

/// job, instance and the source's own labels (which win), normalised.
[[nodiscard]] Labels target_labels(const ScrapeSpec& spec, std::string_view instance);

/// The labels of the parser's series in the store. REQUIRES: the parser stands at a series entry.
[[nodiscard]] Labels with_target_labels(const PageParser& parser,
                                        const Labels& target,
                                        bool honor_labels);

}  // namespace tided::metrics
