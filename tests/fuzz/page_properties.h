// What must hold for every exposition page, right or wrong, of either format:
//
//   an error is one sentence with a position; reading ends
//   a second reading by the known path gives the same entries and the same error
//   what a strict reading takes, a reader takes that knows the lines, moved or not, all or few
//   wanted a scraper that takes the page twice makes no series the second time, and the same
//   samples the page dump agrees with the parser about whether the page is right
#pragma once

#include <string_view>

#include "metrics/page_parser.h"

namespace tided::metrics::test {

/// Aborts, with the reason on stderr, when a property does not hold.
void check_page(Format format, std::string_view page);

}  // namespace tided::metrics::test
