// What a scrape costs at least: GETs over kept connections, one after another, from the targets of
// scrape_targets. The body is discarded, or walked line by line: the key hashed and looked up, the
// value read and kept. Prints microseconds of CPU per scrape, of this process, for both.
//
//     scrape_floor COUNT PORT ROUNDS
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xxhash.h>

namespace {

struct Slot {
    std::uint64_t hash = 0;
    double value = 0.0;
};

struct Target {
    int socket = -1;
    std::string request;
    std::vector<Slot> slots = std::vector<Slot>(512);
};

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::exit(1);
}

Target connected(unsigned index, unsigned short port) {
    Target target;
    target.socket = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(0x7f010000U + ((index / 250) << 8U) + index % 250 + 1);
    if (connect(target.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        give_up("connect");
    }
    target.request = "GET /metrics HTTP/1.1\r\nHost: " + std::string{inet_ntoa(address.sin_addr)} +
                     "\r\nAccept: text/plain\r\n\r\n";
    return target;
}

// Up to the last chunk.
std::string_view ask(const Target& target, std::vector<char>& buffer) {
    if (write(target.socket, target.request.data(), target.request.size()) < 0) {
        give_up("write");
    }
    std::string_view got;
    while (!got.ends_with("\r\n0\r\n\r\n")) {
        const ssize_t more =
            read(target.socket, buffer.data() + got.size(), buffer.size() - got.size());
        if (more <= 0) {
            give_up("read");
        }
        got = {buffer.data(), got.size() + static_cast<std::size_t>(more)};
    }
    return got;
}

void keep(Target& target, std::string_view key, std::string_view value) {
    const std::uint64_t hash = XXH3_64bits(key.data(), key.size()) | 1U;
    std::size_t place = hash % target.slots.size();
    while (target.slots[place].hash != 0 && target.slots[place].hash != hash) {
        place = (place + 1) % target.slots.size();
    }
    target.slots[place].hash = hash;
    std::from_chars(value.data(), value.data() + value.size(), target.slots[place].value);
}

void walk(Target& target, std::string_view page) {
    while (!page.empty()) {
        const auto* end = static_cast<const char*>(std::memchr(page.data(), '\n', page.size()));
        const std::string_view line = page.substr(
            0, end == nullptr ? page.size() : static_cast<std::size_t>(end - page.data()));
        const std::size_t space = line.rfind(' ');
        if (!line.starts_with('#') && space != std::string_view::npos) {
            keep(target, line.substr(0, space), line.substr(space + 1));
        }
        page.remove_prefix(std::min(page.size(), line.size() + 1));
    }
}

double cpu_us() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto us = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return us(used.ru_utime) + us(used.ru_stime);
}

}  // namespace

int main(int count, char** words) {
    if (count != 4) {
        std::fputs("scrape_floor COUNT PORT ROUNDS\n", stderr);
        return 2;
    }
    const unsigned targets_wanted = static_cast<unsigned>(std::stoul(words[1]));
    const unsigned rounds = static_cast<unsigned>(std::stoul(words[3]));
    std::vector<Target> targets;
    for (unsigned i = 0; i < targets_wanted; ++i) {
        targets.push_back(connected(i, static_cast<unsigned short>(std::stoul(words[2]))));
    }
    std::vector<char> buffer(1U << 20U);
    for (const bool is_walked : {false, true}) {
        const double before = cpu_us();
        for (unsigned round = 0; round < rounds; ++round) {
            for (Target& target : targets) {
                std::string_view page = ask(target, buffer);
                page.remove_prefix(page.find("\r\n\r\n") + 4);
                if (is_walked) {
                    walk(target, page);
                }
            }
        }
        std::printf("%.2f\n", (cpu_us() - before) / static_cast<double>(rounds * targets.size()));
    }
}
