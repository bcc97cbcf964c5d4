#include "daemon/client/inflate.h"

#include <algorithm>
#include <array>
#include <new>

#define ZLIB_CONST
#include <zlib.h>

namespace tided::daemon {

namespace {

constexpr int gzip_window = 15 + 16;  // 32 kB window, gzip wrapper only

}  // namespace

struct Inflate::Impl {
    Impl() {
        if (inflateInit2(&stream, gzip_window) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~Impl() { inflateEnd(&stream); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    z_stream stream{};
    bool complete = false;
    std::array<unsigned char, 16384> window{};
};

Inflate::Inflate() : impl_(std::make_unique<Impl>()) {}
Inflate::~Inflate() = default;
Inflate::Inflate(Inflate&&) noexcept = default;
Inflate& Inflate::operator=(Inflate&&) noexcept = default;

void Inflate::restart() {
    inflateReset(&impl_->stream);
    impl_->complete = false;
}

Status Inflate::add(std::string_view piece, std::string& out, std::size_t limit) {
    z_stream& stream = impl_->stream;
    stream.next_in = reinterpret_cast<const unsigned char*>(piece.data());
    stream.avail_in = static_cast<unsigned>(piece.size());
    bool full = true;
    while (stream.avail_in > 0 || full) {
        if (impl_->complete && stream.avail_in > 0) {
            restart();
        }
        stream.next_out = impl_->window.data();
        stream.avail_out = static_cast<unsigned>(impl_->window.size());
        const int result = inflate(&stream, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            return fail(ErrorCode::corrupt, "the answer says gzip but is not");
        }
        const std::size_t size = impl_->window.size() - stream.avail_out;
        if (size > limit - std::min(limit, out.size())) {
            return fail(ErrorCode::invalid_input, "over the limit");
        }
        out.append(reinterpret_cast<const char*>(impl_->window.data()), size);
        impl_->complete = result == Z_STREAM_END;
        full = stream.avail_out == 0 && !impl_->complete;
    }
    return {};
}

bool Inflate::is_complete() const {
    return impl_->complete;
}

}  // namespace tided::daemon
