#include "daemon/processes/output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>

namespace tided::daemon {

namespace asio = boost::asio;

void LineSplitter::add(std::string_view piece) {
    while (!piece.empty()) {
        const auto end = piece.find('\n');
        const auto room = longest - partial_.size();
        const auto take = std::min({end, piece.size(), room});
        partial_.append(piece.substr(0, take));
        piece.remove_prefix(take);
        const bool ended = !piece.empty() && piece.front() == '\n';
        if (ended) {
            piece.remove_prefix(1);
        }
        if (ended || partial_.size() == longest) {
            sink_(partial_);
            partial_.clear();
            if (!ended && !piece.empty() && piece.front() == '\n') {
                piece.remove_prefix(1);
            }
        }
    }
}

void LineSplitter::finish() {
    if (!partial_.empty()) {
        sink_(partial_);
        partial_.clear();
    }
}

struct OutputPipe::Impl : std::enable_shared_from_this<OutputPipe::Impl> {
    Impl(asio::any_io_executor io, int fd, Sink to) : stream(io, fd), sink(std::move(to)) {}

    /// Waits, and reads by itself when woken: a read done ahead of its handler would be lost to a
    /// drain that comes between the two.
    void wait() {
        stream.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](auto error) { self->on_ready(!error); });
    }

    void on_ready(bool good) {
        if (!sink) {
            return;
        }
        const auto got = good ? ::read(stream.native_handle(), buffer.data(), buffer.size()) : 0;
        if (got > 0) {
            sink({buffer.data(), static_cast<std::size_t>(got)});
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            close();
        }
        if (sink) {
            wait();
        }
    }

    void close() {
        sink = nullptr;
        boost::system::error_code ignored;
        stream.close(ignored);
    }

    asio::posix::stream_descriptor stream;
    Sink sink;
    std::array<char, 4096> buffer{};
};

OutputPipe::OutputPipe(asio::any_io_executor io, Descriptor read_end, Sink sink) {
    set_non_blocking(read_end);
    impl_ = std::make_shared<Impl>(std::move(io), read_end.release(), std::move(sink));
    impl_->wait();
}

OutputPipe::~OutputPipe() {
    close();
}

void OutputPipe::drain_and_close() {
    const auto impl = impl_;
    std::array<char, 4096> buffer{};
    for (int left = 256; left > 0 && impl->sink; --left) {
        const auto got = ::read(impl->stream.native_handle(), buffer.data(), buffer.size());
        if (got <= 0) {
            break;
        }
        impl->sink({buffer.data(), static_cast<std::size_t>(got)});
    }
    impl->close();
}

void OutputPipe::close() {
    impl_->close();
}

}  // namespace tided::daemon
