// Child: one process under watch, ours or adopted, through its pidfd.
// When it ends: its last output is read, the rest of its process group is killed (of an adopted
// one: where the kernel can do it through a pidfd, Linux 6.9), it is reaped, and whoever waits is
// woken; in that order, so that nothing outlives the news of its end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "actuators/process.h"
#include "daemon/bell.h"
#include "daemon/processes/descriptor.h"
#include "daemon/processes/output.h"

namespace tided::daemon {

class Child {
public:
    enum class Kin : std::uint8_t { own, adopted };

    Child(boost::asio::any_io_executor io, actuators::ProcessId id, Kin kin, Descriptor pidfd);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Reads `read_end` into `sink` until the child has ended.
    void read(Descriptor read_end, OutputPipe::Sink sink);

    /// Begins to watch; `on_end` is called once, unless the Child is destroyed before.
    void watch(std::function<void()> on_end);

    [[nodiscard]] Status signal(actuators::Signal signal) const;

    /// SIGKILL to the whole process group (an adopted one: only where the kernel can do it
    /// through a pidfd, else to the process alone).
    void kill_group() const;

    /// Blocks until the child has ended (kill it first) and reaps it. For destruction only.
    void reap_now();

    [[nodiscard]] const actuators::ProcessId& id() const { return id_; }
    [[nodiscard]] const std::optional<actuators::Exit>& exit() const { return exit_; }
    [[nodiscard]] Kin kin() const { return kin_; }
    [[nodiscard]] Bell& ended() { return ended_; }

private:
    struct Watch;
    void finish();
    [[nodiscard]] actuators::Exit reap_status() const;
    [[nodiscard]] int pidfd() const;

    boost::asio::any_io_executor io_;
    actuators::ProcessId id_;
    Kin kin_;
    std::shared_ptr<Watch> watch_;
    std::vector<std::unique_ptr<OutputPipe>> pipes_;
    std::optional<actuators::Exit> exit_;
    Bell ended_;
};

}  // namespace tided::daemon
