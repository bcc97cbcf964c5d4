// Bits in a row of bytes, least significant first, eight bytes at a time.
//
//   put(value, n)    n <= 56 bits          peek(at)    at least 57 bits from bit `at` on
//   put_signed       few bits for what is near zero: 0 is one bit
//
//   |v| zigzagged      0     < 2^4     < 2^8      < 2^13      < 2^20       < 2^32      the rest
//   written            0     10+4      110+8      1110+13     11110+20     111110+32   111111+64
//
// The bytes after the last one written must be zero, and eight of them be there.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tided::metrics {

namespace bit_stream {

inline constexpr std::size_t slack = 8;  ///< bytes behind the last bit that reading may touch
inline constexpr std::array<unsigned, 7> widths{0, 4, 8, 13, 20, 32, 64};
inline constexpr unsigned longest_prefix = 6;

[[nodiscard]] inline std::uint64_t load(const std::uint8_t* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof(word));
    if constexpr (std::endian::native == std::endian::big) {
        word = __builtin_bswap64(word);
    }
    return word;
}

inline void store(std::uint8_t* bytes, std::uint64_t word) {
    if constexpr (std::endian::native == std::endian::big) {
        word = __builtin_bswap64(word);
    }
    std::memcpy(bytes, &word, sizeof(word));
}

[[nodiscard]] inline std::uint64_t low_bits(std::uint64_t word, unsigned count) {
    return count >= 64 ? word : word & ((1ULL << count) - 1);
}

[[nodiscard]] inline std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

[[nodiscard]] inline std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>((value >> 1U) ^ (0 - (value & 1U)));
}

/// How many ones stand before a code of this size.
[[nodiscard]] inline unsigned prefix_of(std::uint64_t code) {
    unsigned prefix = 0;
    while (prefix < longest_prefix && low_bits(code, widths[prefix]) != code) {
        ++prefix;
    }
    return prefix;
}

/// The ones, and a zero unless there is no longer prefix.
[[nodiscard]] inline unsigned length_of(unsigned prefix) {
    return prefix < longest_prefix ? prefix + 1 : prefix;
}

}  // namespace bit_stream

class BitWriter {
public:
    /// Writes behind the first `at` bits of `bytes`.
    BitWriter(std::uint8_t* bytes, std::uint32_t at) : bytes_(bytes), at_(at) {}

    void put(std::uint64_t value, unsigned count) {
        std::uint8_t* const first = bytes_ + at_ / 8;
        bit_stream::store(first, bit_stream::load(first) | (value << (at_ % 8)));
        at_ += count;
    }

    void put_long(std::uint64_t value, unsigned count) {
        if (count > 32) {
            put(value & 0xffffffffU, 32);
            put(value >> 32U, count - 32);
        } else {
            put(value, count);
        }
    }

    void put_signed(std::int64_t value) {
        const std::uint64_t code = bit_stream::zigzag(value);
        const unsigned prefix = bit_stream::prefix_of(code);
        put((1ULL << prefix) - 1, bit_stream::length_of(prefix));
        put_long(code, bit_stream::widths[prefix]);
    }

    /// How many bits put_signed(value) takes.
    [[nodiscard]] static unsigned cost(std::int64_t value) {
        const unsigned prefix = bit_stream::prefix_of(bit_stream::zigzag(value));
        return bit_stream::length_of(prefix) + bit_stream::widths[prefix];
    }

    [[nodiscard]] std::uint32_t at() const { return at_; }

private:
    std::uint8_t* bytes_;
    std::uint32_t at_;
};

class BitReader {
public:
    BitReader() = default;
    explicit BitReader(const std::uint8_t* bytes) : bytes_(bytes) {}

    [[nodiscard]] std::uint64_t peek() const {
        return bit_stream::load(bytes_ + at_ / 8) >> (at_ % 8);
    }
    void skip(unsigned count) { at_ += count; }

    [[nodiscard]] std::uint64_t take(unsigned count) {
        const std::uint64_t value = bit_stream::low_bits(peek(), count);
        at_ += count;
        return value;
    }

    [[nodiscard]] std::uint64_t take_long(unsigned count) {
        if (count <= 32) {
            return take(count);
        }
        const std::uint64_t low = take(32);
        return low | (take(count - 32) << 32U);
    }

    [[nodiscard]] std::int64_t take_signed() {
        const auto ones = static_cast<unsigned>(std::countr_one(peek()));
        const unsigned prefix =
            ones < bit_stream::longest_prefix ? ones : bit_stream::longest_prefix;
        skip(bit_stream::length_of(prefix));
        return bit_stream::unzigzag(take_long(bit_stream::widths[prefix]));
    }

private:
    const std::uint8_t* bytes_ = nullptr;
    std::uint32_t at_ = 0;
};

}  // namespace tided::metrics
