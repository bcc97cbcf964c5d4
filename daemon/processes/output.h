// Output: what a child writes, read as it comes, without ever blocking us or the child's end.
//   OutputPipe    reads the pipe and gives each piece to a sink, until end of file or close()
//   LineSplitter  pieces -> lines; a line over 4096 bytes is given in several parts
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/processes/descriptor.h"

namespace tided::daemon {

class LineSplitter {
public:
    using Sink = std::function<void(std::string_view)>;

    explicit LineSplitter(Sink sink) : sink_(std::move(sink)) {}

    void add(std::string_view piece);
    /// Gives what stands there without a line end.
    void finish();

    static constexpr std::size_t longest = 4096;

private:
    Sink sink_;
    std::string partial_;
};

class OutputPipe {
public:
    using Sink = std::function<void(std::string_view)>;

    /// Starts reading. `sink` is called from the executor, never after close().
    OutputPipe(boost::asio::any_io_executor io, Descriptor read_end, Sink sink);
    ~OutputPipe();
    OutputPipe(const OutputPipe&) = delete;
    OutputPipe& operator=(const OutputPipe&) = delete;

    /// Reads what stands in the pipe already (at most 1 MiB), then closes: for a child that ended
    /// while somebody else may still hold the other end.
    void drain_and_close();
    void close();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tided::daemon
