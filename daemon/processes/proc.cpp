#include "daemon/processes/proc.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace tided::daemon {

namespace {

std::string read_whole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

template <typename T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return value;
}

/// The words of `text`, at most `count`.
std::vector<std::string_view> words(std::string_view text, std::size_t count) {
    std::vector<std::string_view> result;
    while (result.size() < count) {
        const auto begin = text.find_first_not_of(" \n");
        if (begin == std::string_view::npos) {
            break;
        }
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(" \n"), text.size());
        result.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return result;
}

std::optional<std::string> variable_of(std::int32_t pid, std::string_view name) {
    const std::string text = read_whole("/proc/" + std::to_string(pid) + "/environ");
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\0'), rest.size());
        const auto entry = rest.substr(0, end);
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
            return std::string(entry.substr(name.size() + 1));
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::nullopt;
}

bool is_ours(std::int32_t pid) {
    struct stat status {};
    const std::string path = "/proc/" + std::to_string(pid);
    return ::stat(path.c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

std::optional<actuators::Marked> marked(std::int32_t pid) {
    if (!is_ours(pid)) {
        return std::nullopt;
    }
    auto mark = variable_of(pid, actuators::mark_variable);
    if (!mark) {
        return std::nullopt;
    }
    const auto facts = facts_of(pid);
    if (!facts || facts->state == 'Z') {
        return std::nullopt;
    }
    return actuators::Marked{
        .id = {.pid = pid, .start_ticks = facts->start_ticks, .boot = boot_id()},
        .mark = *std::move(mark),
        .session = facts->session};
}

std::vector<actuators::Marked> all_marked() {
    std::vector<actuators::Marked> found;
    std::error_code error;
    const auto options = std::filesystem::directory_options::skip_permission_denied;
    for (std::filesystem::directory_iterator at("/proc", options, error), end; !error && at != end;
         at.increment(error)) {
        const auto pid = number<std::int32_t>(at->path().filename().native());
        if (!pid) {
            continue;
        }
        if (auto one = marked(*pid)) {
            found.push_back(*std::move(one));
        }
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.id.start_ticks < b.id.start_ticks;
    });
    return found;
}

}  // namespace

std::optional<ProcessFacts> parse_stat(std::string_view text) {
    const auto name_end = text.rfind(')');
    if (name_end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto fields = words(text.substr(name_end + 1), 20);
    if (fields.size() < 20 || fields[0].size() != 1) {
        return std::nullopt;
    }
    const auto parent = number<std::int32_t>(fields[1]);
    const auto group = number<std::int32_t>(fields[2]);
    const auto session = number<std::int32_t>(fields[3]);
    const auto start = number<std::uint64_t>(fields[19]);
    if (!parent || !group || !session || !start) {
        return std::nullopt;
    }
    return ProcessFacts{.state = fields[0][0],
                        .parent = *parent,
                        .group = *group,
                        .session = *session,
                        .start_ticks = *start};
}

std::optional<ProcessFacts> facts_of(std::int32_t pid) {
    return parse_stat(read_whole("/proc/" + std::to_string(pid) + "/stat"));
}

std::string boot_id() {
    std::string text = read_whole("/proc/sys/kernel/random/boot_id");
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

std::vector<actuators::Marked> MarkedProcesses::find(std::string_view prefix) {
    constexpr std::chrono::milliseconds lasts{200};
    const auto now = std::chrono::steady_clock::now();
    if (!looked_at_ || now - *looked_at_ > lasts) {
        all_ = all_marked();
        looked_at_ = std::chrono::steady_clock::now();
    }
    std::vector<actuators::Marked> found;
    std::copy_if(all_.begin(), all_.end(), std::back_inserter(found), [&](const auto& one) {
        return std::string_view{one.mark}.starts_with(prefix);
    });
    return found;
}

}  // namespace tided::daemon
