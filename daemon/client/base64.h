// base64: RFC 4648, section 4, with padding.
#pragma once

#include <string>
#include <string_view>

namespace tided::daemon {

[[nodiscard]] std::string encode_base64(std::string_view bytes);

}  // namespace tided::daemon
