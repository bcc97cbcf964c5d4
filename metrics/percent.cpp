#include "metrics/percent.h"

#include <boost/url/encode.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace tided::metrics {

std::string percent_encoded(std::string_view text) {
    return boost::urls::encode(text, boost::urls::unreserved_chars);
}

std::optional<std::string> percent_decoded(std::string_view text) {
    const auto encoded = boost::urls::make_pct_string_view(text);
    return encoded ? std::optional{encoded->decode()} : std::nullopt;
}

}  // namespace tided::metrics
