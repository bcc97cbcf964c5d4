// Child: its end is believed only when the kernel says so.
#include "daemon/processes/child.h"

#include <csignal>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/processes/process_runner.h"

namespace tided::daemon {

namespace {

using actuators::Command;
using actuators::ProcessId;

Command program(std::vector<std::string> argv) {
    return {.argv = std::move(argv), .environment = {}, .directory = {}};
}

}  // namespace

TEST_CASE("child: one started in the turn in which another ends is left alone") {
    constexpr std::size_t rounds = 40;
    boost::asio::io_context io;
    std::vector<ProcessId> lasting;
    std::unique_ptr<actuators::Processes> runner;
    const auto start = [&](Command command) {
        const auto id = runner->spawn({.command = std::move(command), .label = "x"});
        REQUIRE(id.has_value());
        return *id;
    };
    runner =
        make_process_runner(io.get_executor(),
                            {.on_line = [](auto, auto, bool) {},
                             .on_exit =
                                 [&] {
                                     if (lasting.size() < rounds) {
                                         lasting.push_back(start(program({"/bin/sleep", "60"})));
                                     }
                                 }});
    while (lasting.size() < rounds) {
        start(program({"/bin/sh", "-c", "echo said; echo said >&2"}));
        const std::size_t before = lasting.size();
        while (lasting.size() == before) {
            io.run_one();
        }
        io.poll();
    }
    for (const ProcessId& id : lasting) {
        CHECK_FALSE(runner->ended(id).has_value());
        CHECK(::kill(id.pid, 0) == 0);
    }
}

}  // namespace tided::daemon
