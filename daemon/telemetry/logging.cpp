// logging: one spdlog logger with a sink of ours behind it.
//
//   terminal, file   2026-11-22T08:00:00.000Z info  sentence key=value
//   journal          <6>sentence key=value          (<3> error, <4> warn, <6> info, <7> debug)
//
// Standard error may be a pipe whose reader has stopped: a line that would block is dropped and
// counted, and the next line that passes says how many were lost. A file on a slow disk blocks
// for one write; use standard error where that matters.
#include "daemon/telemetry/logging.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace tided::daemon {
namespace {

constexpr std::size_t longest_line = 4000;  ///< under PIPE_BUF: a poll that says yes is kept

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::trace:
            return spdlog::level::trace;
    }
    return spdlog::level::err;
}

struct LevelWords {
    std::string_view padded;
    std::string_view priority;
};

LevelWords words_of(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
            return {"trace", "<7>"};
        case spdlog::level::debug:
            return {"debug", "<7>"};
        case spdlog::level::info:
            return {"info ", "<6>"};
        case spdlog::level::warn:
            return {"warn ", "<4>"};
        default:
            return {"error", "<3>"};
    }
}

/// Control characters as \n, \t, \x1b: one message stays one line and moves no cursor.
void append_escaped(std::string_view text, std::string& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 0xf];
        } else {
            out += c;
        }
    }
}

bool stderr_is_the_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat here {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &here) != 0) {
        return false;
    }
    return std::to_string(here.st_dev) + ":" + std::to_string(here.st_ino) == stream;
}

class Sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    ~Sink() override { close_file(); }
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    Status direct(const std::string& file) {
        int opened = -1;
        if (!file.empty()) {
            opened = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
            if (opened < 0) {
                return fail(
                    ErrorCode::forbidden,
                    "opening log file " + file + ": " + std::generic_category().message(errno));
            }
        }
        const std::lock_guard guard{mutex_};
        close_file();
        file_ = opened;
        to_journal_ = file.empty() && stderr_is_the_journal();
        return {};
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const std::string_view text{message.payload.data(), message.payload.size()};
        const auto at = std::chrono::floor<Duration>(message.time);
        if (dropped_ > 0 && may_write()) {
            const std::size_t before = std::exchange(dropped_, 0);
            write(spdlog::level::warn,
                  at,
                  std::to_string(before) + " log lines were dropped: " +
                      (file_ >= 0 ? "the log file could not be written"
                                  : "standard error was not read"));
            dropped_ = dropped_ > 0 ? before : 0;
        }
        if (dropped_ > 0 || !may_write()) {
            ++dropped_;
            return;
        }
        write(message.level, at, text);
    }
    void flush_() override {}

private:
    [[nodiscard]] bool may_write() const {
        if (file_ >= 0) {
            return true;
        }
        pollfd descriptor{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
        return ::poll(&descriptor, 1, 0) != 0;
    }

    void write(spdlog::level::level_enum level, TimePoint at, std::string_view text) {
        line_.clear();
        const LevelWords words = words_of(level);
        if (to_journal_) {
            line_ += words.priority;
        } else {
            line_ += to_string(at);
            line_ += ' ';
            line_ += words.padded;
            line_ += ' ';
        }
        append_escaped(text, line_);
        if (line_.size() > longest_line) {
            line_.resize(longest_line);
            line_ += "…";
        }
        line_ += '\n';
        const int descriptor = file_ >= 0 ? file_ : STDERR_FILENO;
        if (::write(descriptor, line_.data(), line_.size()) < 0) {
            ++dropped_;
        }
    }

    void close_file() {
        if (file_ >= 0) {
            ::close(file_);
            file_ = -1;
        }
    }

    int file_ = -1;
    bool to_journal_ = false;
    std::size_t dropped_ = 0;
    std::string line_;
};

struct Log {
    std::shared_ptr<Sink> sink = std::make_shared<Sink>();
    spdlog::logger logger{"tided", sink};
};

/// Never destroyed: the last lines of a dying process still go somewhere.
Log& the_log() {
    static Log* const one = new Log;
    return *one;
}

std::optional<LogLevel> parse_level(std::string_view text) {
    struct Row {
        std::string_view name;
        LogLevel level;
    };
    constexpr std::array<Row, 5> rows{{{"error", LogLevel::error},
                                       {"warn", LogLevel::warn},
                                       {"info", LogLevel::info},
                                       {"debug", LogLevel::debug},
                                       {"trace", LogLevel::trace}}};
    for (const Row& row : rows) {
        if (row.name == text) {
            return row.level;
        }
    }
    return std::nullopt;
}

LogLevel level_of(Severity severity) {
    switch (severity) {
        case Severity::debug:
            return LogLevel::debug;
        case Severity::info:
            return LogLevel::info;
        case Severity::warn:
            return LogLevel::warn;
        case Severity::error:
            return LogLevel::error;
    }
    return LogLevel::error;
}

/// ` key=value`, quoted when the value has blanks or quotes; nothing for an empty value.
void append_pair(std::string_view key, std::string_view value, std::string& out) {
    if (value.empty()) {
        return;
    }
    out += ' ';
    out += key;
    out += '=';
    if (value.find_first_of(" \t\n\"\\=") == std::string_view::npos) {
        out += value;
        return;
    }
    out += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    out += '"';
}

}  // namespace

Status set_up_logging(std::string_view level, const std::string& file) {
    const auto wanted = parse_level(level);
    if (!wanted) {
        return fail(ErrorCode::invalid_input,
                    "log level \"" + std::string{level} +
                        "\" is unknown: expected error, warn, info, debug or trace");
    }
    Log& one = the_log();
    if (Status directed = one.sink->direct(file); !directed) {
        return directed;
    }
    one.logger.set_level(level_of(*wanted));
    return {};
}

void log(LogLevel level, std::string_view line) {
    the_log().logger.log(level_of(level), spdlog::string_view_t{line.data(), line.size()});
}

bool logs(LogLevel level) {
    return the_log().logger.should_log(level_of(level));
}

std::string format(const Event& event) {
    std::string line = event.text;
    append_pair("kind", to_string(event.kind), line);
    append_pair("policy", event.policy, line);
    append_pair("pool", event.pool, line);
    append_pair("subject", event.subject, line);
    append_pair("step", event.step, line);
    append_pair("outcome", event.outcome, line);
    return line;
}

void log(const Event& event) {
    const LogLevel level = level_of(event.severity);
    if (logs(level)) {
        log(level, format(event));
    }
}

}  // namespace tided::daemon
