// Percent-encoding (RFC 3986, section 2): texts of any bytes within URLs, and within the names of
// instances.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tided::metrics {

/// All but letters, digits and "-._~" as %XX, in capitals.
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// "a%20b" -> "a b"; nullopt when a % is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace tided::metrics
