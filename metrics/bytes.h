// The four questions that reading a page asks of its bytes, sixteen bytes at a time where the
// processor has SSE2 (every x86-64), one at a time elsewhere:
//
//   equal              are these bytes those?
//   find, find_either  where is the next line end, space, brace?
//   find_odd           where does a quoted text stop being plain: at `"`, `\`, a line end, NUL or
//                      what is not ASCII?
//   numbers_before     where do the numbers begin that a line ends with?
//
// `plain` says the same without SIMD; tests hold the two equal. Nothing is read past `end`. AVX2 is
// not used: on keys of a hundred bytes it gains less than a call that chooses by processor costs.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tided::metrics::bytes {

namespace plain {

[[nodiscard]] inline bool equal(const char* a, const char* b, std::size_t size) {
    return std::memcmp(a, b, size) == 0;
}

/// The first `wanted` in [at, end), or `end`.
[[nodiscard]] inline const char* find(const char* at, const char* end, char wanted) {
    while (at < end && *at != wanted) {
        ++at;
    }
    return at;
}

/// The first of the two in [at, end), or `end`.
[[nodiscard]] inline const char* find_either(const char* at,
                                             const char* end,
                                             char one,
                                             char other) {
    while (at < end && *at != one && *at != other) {
        ++at;
    }
    return at;
}

[[nodiscard]] inline bool is_odd(char c) {
    return c == '"' || c == '\\' || c == '\n' || c == '\0' ||
           (static_cast<unsigned char>(c) >= 128);
}

/// The first odd byte in [at, end), or `end`.
[[nodiscard]] inline const char* find_odd(const char* at, const char* end) {
    while (at < end && !is_odd(*at)) {
        ++at;
    }
    return at;
}

/// What values, timestamps and the blanks between them are made of.
[[nodiscard]] inline bool is_of_number(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' ||
           c == '.' || c == '-' || c == '+';
}

/// Where the bytes of numbers begin that end at `last`, not before `first`.
[[nodiscard]] inline const char* numbers_before(const char* first, const char* last) {
    while (last > first && is_of_number(last[-1])) {
        --last;
    }
    return last;
}

}  // namespace plain

#ifdef __SSE2__

namespace sse2 {

inline constexpr std::ptrdiff_t step = 16;

[[nodiscard]] inline __m128i load(const char* at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

[[nodiscard]] inline std::uint32_t mask_of(__m128i lanes) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(lanes));
}

[[nodiscard]] inline bool equal_16(const char* a, const char* b) {
    return mask_of(_mm_cmpeq_epi8(load(a), load(b))) == 0xffffU;
}

template <class Word>
[[nodiscard]] inline bool equal_ends(const char* a, const char* b, std::size_t size) {
    Word first_a{};
    Word first_b{};
    Word last_a{};
    Word last_b{};
    std::memcpy(&first_a, a, sizeof(Word));
    std::memcpy(&first_b, b, sizeof(Word));
    std::memcpy(&last_a, a + size - sizeof(Word), sizeof(Word));
    std::memcpy(&last_b, b + size - sizeof(Word), sizeof(Word));
    return first_a == first_b && last_a == last_b;
}

[[nodiscard]] inline bool equal(const char* a, const char* b, std::size_t size) {
    if (size >= 16) {
        std::size_t at = 0;
        for (; at + 16 < size; at += 16) {
            if (!equal_16(a + at, b + at)) {
                return false;
            }
        }
        return equal_16(a + size - 16, b + size - 16);
    }
    if (size >= 8) {
        return equal_ends<std::uint64_t>(a, b, size);
    }
    if (size >= 4) {
        return equal_ends<std::uint32_t>(a, b, size);
    }
    return plain::equal(a, b, size);
}

[[nodiscard]] inline const char* find(const char* at, const char* end, char wanted) {
    const __m128i same = _mm_set1_epi8(wanted);
    for (; end - at >= step; at += step) {
        if (const std::uint32_t mask = mask_of(_mm_cmpeq_epi8(load(at), same)); mask != 0) {
            return at + std::countr_zero(mask);
        }
    }
    return plain::find(at, end, wanted);
}

[[nodiscard]] inline const char* find_either(const char* at,
                                             const char* end,
                                             char one,
                                             char other) {
    const __m128i same_one = _mm_set1_epi8(one);
    const __m128i same_other = _mm_set1_epi8(other);
    for (; end - at >= step; at += step) {
        const __m128i text = load(at);
        const std::uint32_t mask =
            mask_of(_mm_or_si128(_mm_cmpeq_epi8(text, same_one), _mm_cmpeq_epi8(text, same_other)));
        if (mask != 0) {
            return at + std::countr_zero(mask);
        }
    }
    return plain::find_either(at, end, one, other);
}

[[nodiscard]] inline const char* find_odd(const char* at, const char* end) {
    for (; end - at >= step; at += step) {
        const __m128i text = load(at);
        const __m128i named = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('"')),
                                           _mm_cmpeq_epi8(text, _mm_set1_epi8('\\')));
        const __m128i ended = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('\n')),
                                           _mm_cmpeq_epi8(text, _mm_setzero_si128()));
        // The top bit of a byte that is not ASCII is set already: movemask reads just that bit.
        const std::uint32_t mask = mask_of(_mm_or_si128(_mm_or_si128(named, ended), text));
        if (mask != 0) {
            return at + std::countr_zero(mask);
        }
    }
    return plain::find_odd(at, end);
}

/// Lanes with low <= byte <= low + span.
[[nodiscard]] inline __m128i in_range(__m128i text, char low, char span) {
    const __m128i above = _mm_sub_epi8(text, _mm_set1_epi8(low));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(span)), above);
}

[[nodiscard]] inline const char* numbers_before(const char* first, const char* last) {
    for (; last - first >= step; last -= step) {
        const __m128i text = load(last - step);
        const __m128i letters = in_range(_mm_or_si128(text, _mm_set1_epi8(0x20)), 'a', 25);
        const __m128i signs = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('+')),
                                           in_range(text, '-', 1));  // and the point
        const __m128i others =
            _mm_or_si128(in_range(text, '0', 9), _mm_cmpeq_epi8(text, _mm_set1_epi8(' ')));
        const std::uint32_t mask =
            0xffffU & ~mask_of(_mm_or_si128(_mm_or_si128(letters, signs), others));
        if (mask != 0) {
            return last - std::countl_zero(mask << 16U);
        }
    }
    return plain::numbers_before(first, last);
}

}  // namespace sse2

using sse2::equal;
using sse2::find;
using sse2::find_either;
using sse2::find_odd;
using sse2::numbers_before;

#else

using plain::equal;
using plain::find;
using plain::find_either;
using plain::find_odd;
using plain::numbers_before;

#endif

}  // namespace tided::metrics::bytes
