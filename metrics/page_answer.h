// Page answer: whether an HTTP answer is an exposition page, and of which format.
// As Prometheus 2 does, a page without a content type or with an unknown one is read as text;
// HTML and JSON are refused by name: HTML is what a wrong path or a login page looks like.
#pragma once

#include "metrics/page_parser.h"
#include "metrics/transport.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

/// What a scrape asks for: OpenMetrics 1.0 first, then text 0.0.4, then anything.
inline constexpr const char* exposition_accept =
    "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// Errors by HTTP status: unauthenticated, forbidden, not_found, throttled, unavailable (5xx),
/// invalid_input (any other but 200); corrupt for HTML, JSON and for a text page that
/// was cut within a line.
[[nodiscard]] Result<Format> format_of(const Page& page);

}  // namespace tided::metrics
