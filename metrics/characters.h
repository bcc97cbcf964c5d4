// Which bytes may start and go on a name on a page, by Prometheus' lexers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tided::metrics::characters {

inline constexpr std::uint8_t label_start = 1;   // [a-zA-Z_]
inline constexpr std::uint8_t label_inside = 2;  // [a-zA-Z0-9_]
inline constexpr std::uint8_t name_start = 4;    // [a-zA-Z_:]
inline constexpr std::uint8_t name_inside = 8;   // [a-zA-Z0-9_:]

[[nodiscard]] constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> classes{};
    for (std::size_t c = 0; c < classes.size(); ++c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        const bool digit = c >= '0' && c <= '9';
        if (letter) {
            classes[c] = label_start | label_inside | name_start | name_inside;
        } else if (digit) {
            classes[c] = label_inside | name_inside;
        } else if (c == ':') {
            classes[c] = name_start | name_inside;
        }
    }
    return classes;
}

inline constexpr std::array<std::uint8_t, 256> classes = make_classes();

[[nodiscard]] inline bool is_of(char c, std::uint8_t wanted) {
    return (classes[static_cast<unsigned char>(c)] & wanted) != 0;
}

/// The first byte from `at` on that is not of this class, or `end`.
[[nodiscard]] inline const char* skip(const char* at, const char* end, std::uint8_t wanted) {
    while (at < end && is_of(*at, wanted)) {
        ++at;
    }
    return at;
}

}  // namespace tided::metrics::characters

namespace tided::metrics {

[[nodiscard]] inline std::string_view view(const char* first, const char* last) {
    return {first, static_cast<std::size_t>(last - first)};
}

}  // namespace tided::metrics
