#include "metrics/window.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace tided::metrics {
namespace {

constexpr std::uint32_t fewest_in_chunk = 16;  // below it the plain first sample weighs too much
constexpr std::uint32_t most_in_chunk = 240;
static_assert(most_in_chunk <= SampleCode::most);
constexpr std::int64_t chunks_in_retention = 4;
constexpr std::uint32_t longest_bytes = (SampleCode::longest + 7) / 8;

std::uint32_t bytes_of(std::uint32_t bits) {
    return (bits + 7) / 8;
}

}  // namespace

Window::Header Window::header(std::uint32_t chunk) const {
    Header header{};
    std::memcpy(&header, bytes_.get() + chunk, header_size);
    if (chunk == open_) {
        header.count = code_.count;
        header.size = static_cast<std::uint16_t>(bytes_of(bits_));
    }
    return header;
}

void Window::set_header(std::uint32_t chunk, const Header& header) {
    std::memcpy(bytes_.get() + chunk, &header, header_size);
}

void Window::push(Entry entry, std::int64_t oldest_ms) {
    if (count_ == 0 || is_full(entry, oldest_ms)) {
        drop_before(oldest_ms);
        start_chunk(entry);
    } else {
        append(entry);
    }
    ++count_;
}

// How long the open chunk is, in time, is told by its last interval: its header need not be read.
bool Window::is_full(const Entry& entry, std::int64_t oldest_ms) const {
    const std::int64_t retention = entry.at_ms - oldest_ms;
    const std::int64_t length = std::int64_t{code_.count} * code_.interval_ms;
    return !code_.reaches(entry.at_ms) || code_.count >= most_in_chunk ||
           (code_.count >= fewest_in_chunk && length * chunks_in_retention >= retention);
}

void Window::start_chunk(Entry entry) {
    const std::uint32_t used = count_ == 0 ? 0 : open_ + header_size + bytes_of(bits_);
    reserve(used + header_size);
    if (used > 0) {
        set_header(open_, header(open_));
    }
    open_ = used;
    bits_ = 0;
    set_header(open_, {.first_ms = entry.at_ms, .first_value = entry.value, .count = 1, .size = 0});
    code_ = SampleCode(entry.at_ms, entry.value);
}

// The code is written aside first, behind the bits of the last byte: room is needed for its length
// and not for the longest one's.
void Window::append(Entry entry) {
    std::array<std::uint8_t, longest_bytes + bit_stream::slack + 1> code{};
    const std::uint32_t whole = bits_ / 8;
    const std::uint32_t begin = open_ + header_size + whole;
    code[0] = bits_ % 8 == 0 ? std::uint8_t{0} : bytes_[begin];
    BitWriter out{code.data(), bits_ % 8};
    code_.write(out, entry.at_ms, entry.value);
    reserve(begin + bytes_of(out.at()));
    std::memcpy(bytes_.get() + begin, code.data(), bytes_of(out.at()));
    bits_ = whole * 8 + out.at();
}

// Forgets the chunks whose samples are all too old, the open one as well.
void Window::drop_before(std::int64_t oldest_ms) {
    const std::uint32_t used = count_ == 0 ? 0 : open_ + header_size + bytes_of(bits_);
    std::uint32_t first = 0;
    while (first < used) {
        const Header chunk = header(first);
        const std::uint32_t next = first + header_size + chunk.size;
        const std::int64_t ends_before = next < used ? header(next).first_ms : code_.at_ms + 1;
        if (ends_before > oldest_ms) {
            break;
        }
        count_ -= chunk.count;
        first = next;
    }
    if (first > 0) {
        std::memmove(bytes_.get(), bytes_.get() + first, used - first);
        std::memset(bytes_.get() + used - first, 0, first);
        open_ -= std::min(open_, first);
    }
}

// Room for `size` bytes and what reading past them touches; new ones are zero.
void Window::reserve(std::uint32_t size) {
    constexpr std::uint32_t step = 16;
    const std::uint32_t wanted = size + bit_stream::slack;
    if (wanted <= capacity_) {
        return;
    }
    const std::uint32_t larger =
        (std::max(wanted, capacity_ + capacity_ / 4) + step - 1) / step * step;
    auto bytes = std::make_unique<std::uint8_t[]>(larger);
    if (capacity_ > 0) {
        std::memcpy(bytes.get(), bytes_.get(), capacity_);
    }
    bytes_ = std::move(bytes);
    capacity_ = larger;
}

// The last chunk that begins at or before `at_ms`; the first one when none does.
std::uint32_t Window::chunk_at(std::int64_t at_ms) const {
    std::uint32_t chunk = 0;
    while (chunk < open_) {
        const std::uint32_t next = chunk + header_size + header(chunk).size;
        if (header(next).first_ms > at_ms) {
            break;
        }
        chunk = next;
    }
    return chunk;
}

std::optional<Window::Entry> Window::latest(std::int64_t at_ms) const {
    if (!empty() && newest().at_ms <= at_ms) {
        return newest();
    }
    std::optional<Entry> last;
    if (!empty()) {
        Reader reader{*this, header(chunk_at(at_ms)).first_ms};
        for (auto entry = reader.next(); entry && entry->at_ms <= at_ms; entry = reader.next()) {
            last = entry;
        }
    }
    return last;
}

Window::Reader::Reader(const Window& window, std::int64_t first_ms) : window_(&window) {
    if (window.empty() || window.newest().at_ms < first_ms) {
        return;
    }
    open(window.chunk_at(first_ms));
    while (is_open_ && code_.at_ms < first_ms) {
        step();
    }
}

std::optional<Window::Entry> Window::Reader::next() {
    if (!is_open_) {
        return std::nullopt;
    }
    const Entry entry{.at_ms = code_.at_ms, .value = code_.value};
    step();
    return entry;
}

void Window::Reader::open(std::uint32_t chunk) {
    const Header header = window_->header(chunk);
    const std::uint32_t bits = chunk + header_size;
    code_ = SampleCode(header.first_ms, header.first_value);
    bits_ = BitReader{window_->bytes_.get() + bits};
    left_ = header.count - 1U;
    next_chunk_ = bits + header.size;
    is_open_ = true;
}

void Window::Reader::step() {
    if (left_ > 0) {
        code_.read(bits_);
        --left_;
    } else if (next_chunk_ <= window_->open_) {
        open(next_chunk_);
    } else {
        is_open_ = false;
    }
}

}  // namespace tided::metrics
