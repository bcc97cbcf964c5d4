// A host of its own for tests of the Processes port: processes live, end, ignore signals and are
// adopted as on Linux, but in virtual time and without a fork. Records what is asked of it.
//
// `before_call` and `after_call` see every call by name: throw from them to play a daemon that dies
// just before or just after the effect; then say daemon_died().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "actuators/process.h"

namespace tided::support {

class FakeProcesses final : public actuators::Processes {
public:
    struct Process {
        actuators::ProcessId id;
        actuators::Spawn what;
        bool is_alive = true;
        bool is_watched = true;
        bool is_adopted = false;
        actuators::Exit exit{};
        std::vector<actuators::Signal> signals;
        Duration ends_at{-1};  ///< host time; negative: not yet known
        std::int32_t session = 0;
        const Process* leader = nullptr;  ///< of what a child forked
    };

    struct Run {
        actuators::Command command;
        std::string input;
        std::size_t output_limit = 0;
    };

    // What the test decides.
    std::function<void(std::string_view call)> before_call;
    std::function<void(std::string_view call)> after_call;
    std::deque<Error> spawn_errors;               ///< taken one by one by the next spawns
    std::deque<Error> adopt_errors;               ///< the same for adopt
    std::set<actuators::Signal> ignored_signals;  ///< SIGKILL cannot be ignored
    Duration stopping_takes{};                    ///< from an obeyed signal to the end
    bool children_fork = false;  ///< each child at once forks one more, "web[0]+", of its session
    std::function<Status(const std::string& url)> answer_probe;
    std::function<Result<actuators::Finished>(const Run&)> program;

    // What happens on the host.
    void pass(Duration time);
    void end(const std::string& label, actuators::Exit exit);
    void daemon_died();
    /// Somebody else's process, with this environment; it leads its session unless told.
    void add_stranger(const std::string& mark, std::int32_t pid, std::int32_t session = 0);

    // What the test looks at.
    [[nodiscard]] std::vector<std::string> alive() const;  ///< labels, sorted
    [[nodiscard]] const Process& last(const std::string& label) const;
    [[nodiscard]] const std::deque<Process>& all() const { return processes_; }
    std::vector<std::string> probed;
    std::vector<Run> runs;
    std::vector<std::string> waits;  ///< labels closing waited for

    [[nodiscard]] Result<actuators::ProcessId> spawn(const actuators::Spawn& what) override;
    [[nodiscard]] Result<actuators::ProcessId> adopt(const actuators::ProcessId& id) override;
    [[nodiscard]] Status signal(const actuators::ProcessId& id, actuators::Signal signal) override;
    [[nodiscard]] std::optional<actuators::Exit> ended(const actuators::ProcessId& id) override;
    [[nodiscard]] std::vector<actuators::Marked> find_marked(std::string_view prefix) override;
    [[nodiscard]] boost::asio::awaitable<void> wait_ended(actuators::ProcessId id,
                                                          Duration timeout,
                                                          Deadline deadline) override;
    [[nodiscard]] boost::asio::awaitable<Result<actuators::Finished>> run(
        actuators::Command command,
        std::string input,
        std::size_t output_limit,
        Deadline deadline) override;
    [[nodiscard]] boost::asio::awaitable<std::vector<Status>> probe(std::vector<std::string> urls,
                                                                    Duration timeout,
                                                                    Deadline deadline) override;

private:
    class Call;
    [[nodiscard]] actuators::ProcessId fresh_id();
    [[nodiscard]] Process* find(const actuators::ProcessId& id);
    void die(Process& process);

    void forget_the_gone();

    std::deque<Process> processes_;  ///< all there ever were
    std::vector<Process*> known_;    ///< those that live or whose end was not told yet
    Duration now_{};
    std::int32_t last_pid_ = 99;
    std::uint64_t ticks_ = 1000;
};

}  // namespace tided::support
