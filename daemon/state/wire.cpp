#include "daemon/state/wire.h"

#include <bit>
#include <limits>

namespace tided::daemon {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

}  // namespace

void Writer::put(std::uint64_t value) {
    while (value >= 0x80) {
        out_.push_back(static_cast<char>(static_cast<unsigned char>(value | 0x80)));
        value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
}

void Writer::put_signed(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    put((bits << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void Writer::put_number(double value) {
    auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 0; i < 8; ++i, bits >>= 8) {
        out_.push_back(static_cast<char>(static_cast<unsigned char>(bits & 0xffU)));
    }
}

void Writer::put_text(std::string_view text) {
    put(text.size());
    out_.append(text);
}

void Reader::fail() {
    good_ = false;
    rest_ = {};
}

std::uint64_t Reader::take() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
        if ((byte & 0x80U) == 0) {
            return value;
        }
    }
    fail();
    return 0;
}

std::int64_t Reader::take_signed() {
    const std::uint64_t bits = take();
    return static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
}

double Reader::take_number() {
    if (rest_.size() < 8) {
        fail();
        return 0.0;
    }
    std::uint64_t bits = 0;
    for (std::size_t i = 8; i-- > 0;) {
        bits = (bits << 8) | static_cast<unsigned char>(rest_[i]);
    }
    rest_.remove_prefix(8);
    return std::bit_cast<double>(bits);
}

std::string_view Reader::take_text() {
    const std::size_t length = take_count(1);
    const std::string_view text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return text;
}

std::size_t Reader::take_count(std::size_t least) {
    const std::uint64_t count = take();
    if (count > rest_.size() / least) {
        fail();
        return 0;
    }
    return static_cast<std::size_t>(count);
}

std::int32_t Reader::take_int32() {
    const std::int64_t value = take_signed();
    if (value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max()) {
        fail();
        return 0;
    }
    return static_cast<std::int32_t>(value);
}

std::string hex_of(const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += {hex_digits[byte >> 4U], hex_digits[byte & 0xfU]};
    }
    return text;
}

Result<std::string> bytes_of(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const std::size_t high = hex_digits.find(hex[i]);
        const std::size_t low =
            i + 1 < hex.size() ? hex_digits.find(hex[i + 1]) : std::string_view::npos;
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return tided::fail(ErrorCode::invalid_input,
                               "expected pairs of the digits 0 to 9 and a to f");
        }
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return bytes;
}

}  // namespace tided::daemon
