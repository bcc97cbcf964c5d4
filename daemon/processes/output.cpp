#include "daemon/processes/output.h"

#include <array>
#include <utility>

#include <unistd.h>

#include <boost/asio/buffer.hpp>
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

    void read() {
        stream.async_read_some(asio::buffer(buffer),
                               [self = shared_from_this()](auto error, std::size_t size) {
                                   self->on_read(!error, size);
                               });
    }

    void on_read(bool good, std::size_t size) {
        if (!good || !sink) {
            close();
            return;
        }
        sink({buffer.data(), size});
        if (sink) {
            read();
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
    impl_->read();
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
