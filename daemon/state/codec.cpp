#include "daemon/state/codec.h"

#include <cstdint>
#include <limits>
#include <optional>

namespace tided::daemon {
namespace {

constexpr char format_version = 1;

void put_varint(std::uint64_t value, std::string& out) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(value | 0x80)));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

void put_signed(std::int64_t value, std::string& out) {
    const auto bits = static_cast<std::uint64_t>(value);
    put_varint((bits << 1) ^ static_cast<std::uint64_t>(value >> 63), out);
}

std::int32_t number_of(const policy::Recommendation& entry) {
    return entry.replicas.count;
}
std::int32_t number_of(const policy::ScaleEvent& entry) {
    return entry.change;
}
void set(policy::Recommendation& entry, std::int32_t number) {
    entry.replicas.count = number;
}
void set(policy::ScaleEvent& entry, std::int32_t number) {
    entry.change = number;
}

template <typename Entry>
void put_list(const std::vector<Entry>& list, std::string& out) {
    put_varint(list.size(), out);
    std::int64_t at = 0;
    std::int64_t number = 0;
    for (const Entry& entry : list) {
        const std::int64_t entry_at = entry.at.time_since_epoch().count();
        put_signed(entry_at - at, out);
        put_signed(number_of(entry) - number, out);
        at = entry_at;
        number = number_of(entry);
    }
}

/// Reads from the front of `rest`; nullopt when it is cut or wrong.
std::optional<std::uint64_t> take_varint(std::string_view& rest) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(rest.front());
        rest.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
        if ((byte & 0x80U) == 0) {
            return value;
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t> take_signed(std::string_view& rest) {
    const auto bits = take_varint(rest);
    if (!bits) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>((*bits >> 1) ^ (~(*bits & 1) + 1));
}

/// Sums in unsigned arithmetic: a broken blob must not overflow a signed number.
std::int64_t plus(std::int64_t left, std::int64_t right) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) +
                                     static_cast<std::uint64_t>(right));
}

template <typename Entry>
bool take_list(std::string_view& rest, std::vector<Entry>& list) {
    const auto count = take_varint(rest);
    if (!count || *count > rest.size() / 2) {  // an entry takes at least two bytes
        return false;
    }
    list.reserve(static_cast<std::size_t>(*count));
    std::int64_t at = 0;
    std::int64_t number = 0;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const auto later = take_signed(rest);
        const auto more = take_signed(rest);
        if (!later || !more) {
            return false;
        }
        at = plus(at, *later);
        number = plus(number, *more);
        if (number < std::numeric_limits<std::int32_t>::min() ||
            number > std::numeric_limits<std::int32_t>::max()) {
            return false;
        }
        Entry entry{};
        entry.at = TimePoint{Duration{at}};
        set(entry, static_cast<std::int32_t>(number));
        list.push_back(entry);
    }
    return true;
}

}  // namespace

void encode(const policy::PolicyState& state, std::string& out) {
    out.push_back(format_version);
    put_list(state.recommendations, out);
    put_list(state.ups, out);
    put_list(state.downs, out);
}

Result<policy::PolicyState> decode(std::string_view blob) {
    if (blob.empty() || blob.front() != format_version) {
        return fail(ErrorCode::corrupt, "a policy's history has an unknown format");
    }
    blob.remove_prefix(1);
    policy::PolicyState state;
    if (!take_list(blob, state.recommendations) || !take_list(blob, state.ups) ||
        !take_list(blob, state.downs) || !blob.empty()) {
        return fail(ErrorCode::corrupt, "a policy's history is cut or damaged");
    }
    return state;
}

}  // namespace tided::daemon
