// Asked once, killed after the grace, and again as long as it takes.
#include "actuators/process_pool/remains.h"

#include <algorithm>
#include <utility>

namespace tided::actuators {

namespace {

/// One that even SIGKILL does not end (it sleeps in the kernel) is killed again this often.
constexpr Duration kill_again{10'000};

}  // namespace

Status Remains::take(std::int32_t index, const std::string& label, const ProcessId& id) {
    const bool is_known =
        std::any_of(ones_.begin(), ones_.end(), [&id](const One& one) { return one.id == id; });
    if (is_known) {
        return {};
    }
    if (const auto watched = processes_.adopt(id); !watched) {
        return fail(watched.error());
    }
    ones_.push_back({.index = index, .id = id});
    notes_.push_back({.level = Note::Level::warn,
                      .text = label + " is gone, but its process " + std::to_string(id.pid) +
                              " still runs; ending it"});
    return {};
}

void Remains::collect_ends() {
    std::erase_if(ones_, [this](const One& one) { return processes_.ended(one.id).has_value(); });
}

void Remains::press(Duration now) {
    for (One& one : ones_) {
        if (one.is_asked && one.kill_at > now) {
            continue;
        }
        // An error means that it is gone: its end is collected next time.
        (void)processes_.signal(one.id, one.is_asked ? Signal::kill : Signal::terminate);
        one.kill_at = now + (one.is_asked ? kill_again : grace_);
        one.is_asked = true;
    }
}

void Remains::kill() {
    for (const One& one : ones_) {
        (void)processes_.signal(one.id, Signal::kill);
    }
}

std::set<std::int32_t> Remains::indices() const {
    std::set<std::int32_t> indices;
    for (const One& one : ones_) {
        indices.insert(one.index);
    }
    return indices;
}

std::vector<Note> Remains::take_notes() {
    return std::exchange(notes_, {});
}

}  // namespace tided::actuators
