#include "metrics/excerpt.h"

#include <algorithm>

#include "metrics/utf8.h"

namespace tided::metrics {

std::string excerpt(std::string_view text, std::size_t most) {
    std::string line;
    for (const char c : text.substr(0, std::min(most, valid_utf8_prefix(text)))) {
        const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        line += is_control ? ' ' : c;
    }
    line.resize(valid_utf8_prefix(line));
    return text.size() > line.size() ? line + "…" : line;
}

}  // namespace tided::metrics
