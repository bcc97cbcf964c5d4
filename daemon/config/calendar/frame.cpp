#include "daemon/config/calendar/frame.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "metrics/excerpt.h"

namespace tided::config {
namespace {

constexpr std::size_t most_events = 10'000;
constexpr std::size_t deepest = 8;
constexpr std::size_t longest_line = 64 * 1024;  // with its folds
constexpr std::size_t longest_told = 120;

tl::unexpected<Error> broken(std::string why) {
    return fail(ErrorCode::invalid_input, std::move(why));
}

tl::unexpected<Error> broken(std::size_t line, std::string_view why) {
    return broken("line " + std::to_string(line) + std::string{why});
}

bool same_letters(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

std::string_view without_end(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
        line.remove_suffix(1);
    }
    return line;
}

/// "BEGIN:..." or "BEGIN;...", which libical takes for the same.
bool has_name(std::string_view line, std::string_view name) {
    return line.size() > name.size() && same_letters(line.substr(0, name.size()), name) &&
           (line[name.size()] == ':' || line[name.size()] == ';');
}

bool is_folded(std::string_view line) {
    return !line.empty() && (line.front() == ' ' || line.front() == '\t');
}

Status check_characters(std::string_view line, std::size_t number) {
    constexpr std::string_view odd{"\0\r", 2};
    if (line.find_first_of(odd) != std::string_view::npos) {
        return broken(number, " holds a NUL character or a lone carriage return");
    }
    return {};
}

/// A component must not hide behind a fold.
Status check_fold(std::string_view before, std::size_t number) {
    const bool has_value = before.find_first_of(":;") != std::string_view::npos;
    if (is_folded(before) ||
        (has_value && !has_name(before, "BEGIN") && !has_name(before, "END"))) {
        return {};
    }
    return broken(number, " continues a line that cannot be continued");
}

struct Frame {
    std::vector<std::pair<std::string_view, std::size_t>> open{};  ///< name and line
    std::size_t events = 0;
    bool is_calendar = false;
};

Status enter(Frame& frame, std::string_view name, std::size_t line) {
    const bool is_outermost = frame.open.empty();
    if (is_outermost && !same_letters(name, "VCALENDAR")) {
        return broken(line, " is outside of BEGIN:VCALENDAR");
    }
    frame.is_calendar = true;
    frame.open.emplace_back(name, line);
    frame.events += same_letters(name, "VEVENT") ? 1U : 0U;
    if (frame.open.size() > deepest) {
        return broken(line, ": components are nested too deeply");
    }
    if (frame.events > most_events) {
        return broken("it has more than " + std::to_string(most_events) + " events");
    }
    return {};
}

Status leave(Frame& frame, std::string_view name, std::size_t line) {
    if (frame.open.empty() || !same_letters(frame.open.back().first, name)) {
        return broken(
            line, ": END:" + metrics::excerpt(name, longest_told) + " ends nothing that has begun");
    }
    frame.open.pop_back();
    return {};
}

}  // namespace

Status check_frame(std::string_view text) {
    Frame frame;
    std::string_view before;
    std::size_t length = 0;  // of the line so far, its folds together
    std::size_t line = 1;
    for (std::size_t at = 0; at < text.size(); ++line) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view content = without_end(text.substr(at, end - at));
        at = end + 1;
        length = content.size() + (is_folded(content) ? length : 0);
        Status status = length > longest_line ? Status{broken(line, " is longer than 64 KiB")}
                                              : check_characters(content, line);
        if (!status) {
            return status;
        }
        if (is_folded(content)) {
            status = check_fold(before, line);
        } else if (has_name(content, "BEGIN")) {
            status = enter(frame, content.substr(6), line);
        } else if (has_name(content, "END")) {
            status = leave(frame, content.substr(4), line);
        } else if (frame.open.empty() && !content.empty()) {
            status = broken(line, " is outside of BEGIN:VCALENDAR");
        }
        if (!status) {
            return status;
        }
        before = content;
    }
    if (!frame.is_calendar) {
        return broken("it has no BEGIN:VCALENDAR");
    }
    if (!frame.open.empty()) {
        return broken(
            frame.open.back().second,
            ": this " + metrics::excerpt(frame.open.back().first, longest_told) + " never ends");
    }
    return {};
}

}  // namespace tided::config
