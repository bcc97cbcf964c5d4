#include "daemon/config/input.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tided::config {
namespace {

class Descriptor {
public:
    explicit Descriptor(const std::string& path)
        : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

}  // namespace

Input read_file(const std::string& path, std::size_t largest) {
    Input input{.name = path};
    const Descriptor file{path};
    struct stat facts {};
    if (file.get() < 0 || ::fstat(file.get(), &facts) != 0) {
        input.problem = std::strerror(errno);
        return input;
    }
    if (!S_ISREG(facts.st_mode)) {
        input.problem = S_ISDIR(facts.st_mode) ? "it is a directory" : "it is not a regular file";
        return input;
    }
    std::string buffer(64 * 1024, '\0');
    while (true) {
        const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            input.problem = std::strerror(errno);
            return input;
        }
        if (count == 0) {
            return input;
        }
        input.text.append(buffer, 0, static_cast<std::size_t>(count));
        if (input.text.size() > largest) {
            input.is_too_large = true;
            return input;
        }
    }
}

}  // namespace tided::config
