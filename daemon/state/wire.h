// wire: numbers and texts as few bytes, for blobs of the state.
//
//   varint  = 7 bits a byte, lowest first, high bit = more; signed numbers are zigzagged
//   number  = the 8 bytes of an IEEE double, lowest first
//   text    = varint(length) bytes
//
// A Reader never reads past its end and never throws: after the first wrong byte it gives zeros
// and `is_good()` is false.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/vocab/result.h"

namespace tided::daemon {

class Writer {
public:
    /// Appends to `out`, which must outlive it.
    explicit Writer(std::string& out) : out_(out) {}

    void put(std::uint64_t value);
    void put_signed(std::int64_t value);
    void put_number(double value);
    void put_text(std::string_view text);

private:
    std::string& out_;
};

class Reader {
public:
    /// `bytes` must outlive it.
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] std::uint64_t take();
    [[nodiscard]] std::int64_t take_signed();
    [[nodiscard]] double take_number();
    [[nodiscard]] std::string_view take_text();
    /// A count of entries that take at least `least` bytes each.
    [[nodiscard]] std::size_t take_count(std::size_t least);
    /// A number within int32; anything else is wrong.
    [[nodiscard]] std::int32_t take_int32();

    [[nodiscard]] bool is_good() const { return good_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    void fail();

private:
    std::string_view rest_;
    bool good_ = true;
};

/// Two lower-case digits a byte.
[[nodiscard]] std::string hex_of(const std::string& bytes);
/// The inverse. Errors: invalid_input, what is no pair of digits.
[[nodiscard]] Result<std::string> bytes_of(std::string_view hex);

}  // namespace tided::daemon
