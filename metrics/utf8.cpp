#include "metrics/utf8.h"

#include <cstdint>
#include <cstring>

namespace tided::metrics {
namespace {

bool is_continuation(unsigned char c) {
    return (c & 0xc0U) == 0x80U;
}

// The length of the valid sequence that starts with the non-ASCII byte at `at`, 0 when invalid.
// The second byte carries the limits of overlong forms, surrogates and the last plane.
std::size_t sequence_length(const unsigned char* at, std::size_t left) {
    const unsigned char lead = at[0];
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || left < length) {
        return 0;
    }
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    if (lead == 0xe0) {
        low = 0xa0;
    } else if (lead == 0xed) {
        high = 0x9f;
    } else if (lead == 0xf0) {
        low = 0x90;
    } else if (lead == 0xf4) {
        high = 0x8f;
    }
    if (at[1] < low || at[1] > high) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if (!is_continuation(at[i])) {
            return 0;
        }
    }
    return length;
}

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t i = 0;
    while (i < text.size()) {
        std::uint64_t eight = 0;
        if (text.size() - i >= sizeof eight) {
            std::memcpy(&eight, bytes + i, sizeof eight);
            if ((eight & 0x8080808080808080ULL) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        if (bytes[i] < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = sequence_length(bytes + i, text.size() - i);
        if (length == 0) {
            return i;
        }
        i += length;
    }
    return text.size();
}

}  // namespace tided::metrics
