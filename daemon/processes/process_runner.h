// ProcessRunner: runs programs on this host for actuators and exec plugins.
// Children get: the environment given and nothing of ours, no inherited descriptor, a process
// group of their own, default signals, their output read line by line into our log.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "actuators/process.h"

namespace tided::daemon {

struct RunnerOptions {
    /// Called with one line of a child's output: (label, line, is_error).
    std::function<void(std::string_view, std::string_view, bool)> on_line;
    /// Called when any spawned or adopted child ended: the loop then tends its pool at once.
    std::function<void()> on_exit;
};

[[nodiscard]] std::unique_ptr<actuators::Processes> make_process_runner(
    boost::asio::any_io_executor io, RunnerOptions options);

}  // namespace tided::daemon
