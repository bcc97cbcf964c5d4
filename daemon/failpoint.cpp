#include "daemon/failpoint.h"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>

#include <unistd.h>

namespace tided::daemon {
namespace {

struct Armed {
    Failpoint point;
    std::atomic<std::uint32_t> passages{0};
};

Armed& armed() {
    static Armed one{[] {
                         const char* text = std::getenv("TIDED_FAILPOINT");
                         return text == nullptr ? Failpoint{} : parse_failpoint(text);
                     }(),
                     0};
    return one;
}

}  // namespace

Failpoint parse_failpoint(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        return {.name = std::string{text}, .count = 1};
    }
    const std::string_view digits = text.substr(colon + 1);
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error != std::errc{} || end != digits.data() + digits.size() || count == 0) {
        return {};
    }
    return {.name = std::string{text.substr(0, colon)}, .count = count};
}

void failpoint(std::string_view name) {
    Armed& one = armed();
    if (one.point.name.empty() || one.point.name != name) {
        return;
    }
    if (++one.passages == one.point.count) {
        ::kill(::getpid(), SIGKILL);
    }
}

}  // namespace tided::daemon
