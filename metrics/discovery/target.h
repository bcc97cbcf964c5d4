// Target: one page to scrape, made of the labels that discovery found, as Prometheus makes it:
//
//   found labels -> + the source's labels, job, __scheme__, __metrics_path__ where they are missing
//   -> relabelling -> URL = __scheme__://__address____metrics_path__?__param_*
//                  -> labels = what does not start with "__", and instance = __address__ if missing
//
// Other than Prometheus 2 and like 3, no port is made up for an address without one. A query in
// __metrics_path__ is part of the URL. __scrape_interval__ and __scrape_timeout__ are not heeded:
// all targets of a source have its interval.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/discovery/relabel.h"
#include "metrics/spec.h"
#include "policy/vocab/labels.h"

namespace tided::metrics {

inline constexpr std::string_view address_label = "__address__";

struct Target {
    std::string url;      ///< absolute
    std::string shown{};  ///< for messages: the URL without user and query, which may be secret
    Labels labels{};      ///< put on each of its series

    friend bool operator==(const Target&, const Target&) = default;
};

/// What became of found labels.
struct Judged {
    enum class Verdict : std::uint8_t { kept, dropped, invalid };

    Verdict verdict = Verdict::dropped;
    Target target{};    ///< when it is kept
    std::string why{};  ///< when it is invalid
};

[[nodiscard]] Judged judged(const ScrapeSpec& spec, const Relabelling& relabelling, Labels found);

/// What the source's own list of addresses says, in its order. Two of one host and port get the URL
/// without user and query as their instance, two that share that too "#1", "#2" ... after it.
[[nodiscard]] std::vector<Labels> listed_targets(const ScrapeSpec& spec);

}  // namespace tided::metrics
