#include "daemon/telemetry/process_metrics.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/telemetry/exposition.h"
#include "metrics/number.h"

namespace tided::daemon {
namespace {

constexpr std::array<std::string_view, 6> names{"process_cpu_seconds_total",
                                                "process_max_fds",
                                                "process_open_fds",
                                                "process_resident_memory_bytes",
                                                "process_start_time_seconds",
                                                "process_virtual_memory_bytes"};

struct Stat {
    double cpu_seconds = 0.0;
    double start_ticks = 0.0;
    double virtual_bytes = 0.0;
    double resident_bytes = 0.0;
};

/// Fields 14, 15, 22, 23 and 24 of /proc/self/stat; the name in field 2 may hold blanks.
std::optional<Stat> read_stat() {
    std::ifstream file{"/proc/self/stat"};
    std::string text;
    std::getline(file, text);
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream rest{text.substr(name_end + 2)};
    std::array<double, 22> fields{};  // from field 3 on; field 3 is a letter
    std::string state;
    rest >> state;
    for (std::size_t i = 1; i < fields.size(); ++i) {
        rest >> fields[i];
    }
    if (!rest) {
        return std::nullopt;
    }
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    return Stat{.cpu_seconds = (fields[11] + fields[12]) / ticks,
                .start_ticks = fields[19] / ticks,
                .virtual_bytes = fields[20],
                .resident_bytes = fields[21] * static_cast<double>(::sysconf(_SC_PAGESIZE))};
}

/// Boot instant in seconds since 1970: "btime" of /proc/stat.
std::optional<double> boot_seconds() {
    std::ifstream file{"/proc/stat"};
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with("btime ")) {
            return std::strtod(line.c_str() + 6, nullptr);
        }
    }
    return std::nullopt;
}

std::optional<double> open_descriptors() {
    DIR* directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) {
        return std::nullopt;
    }
    double count = -3.0;  // ".", ".." and the one that reads the directory
    while (::readdir(directory) != nullptr) {
        count += 1.0;
    }
    ::closedir(directory);
    return count;
}

struct Row {
    std::string_view help;
    MetricKind kind;
    std::optional<double> value;
};

}  // namespace

std::span<const std::string_view> process_metric_names() {
    return names;
}

void append_process_metrics(Telemetry::Format format, std::string& out) {
    const auto stat = read_stat();
    const auto boot = boot_seconds();
    rlimit limit{};
    const bool limited = ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
    const auto of = [&](double Stat::*member) {
        return stat ? std::optional{(*stat).*member} : std::nullopt;
    };
    const std::array<Row, names.size()> rows{{
        {"User and system CPU time spent.", MetricKind::counter, of(&Stat::cpu_seconds)},
        {"Limit of open file descriptors.",
         MetricKind::gauge,
         limited ? std::optional{static_cast<double>(limit.rlim_cur)} : std::nullopt},
        {"Open file descriptors.", MetricKind::gauge, open_descriptors()},
        {"Resident memory.", MetricKind::gauge, of(&Stat::resident_bytes)},
        {"When the process started.",
         MetricKind::gauge,
         stat && boot ? std::optional{stat->start_ticks + *boot} : std::nullopt},
        {"Virtual memory.", MetricKind::gauge, of(&Stat::virtual_bytes)},
    }};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].value) {
            append_head(format, names[i], rows[i].help, rows[i].kind, out);
            out += names[i];
            out += ' ';
            metrics::append_number(out, *rows[i].value);
            out += '\n';
        }
    }
}

}  // namespace tided::daemon
