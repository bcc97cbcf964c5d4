#include "daemon/client/local_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include "daemon/processes/descriptor.h"

namespace tided::daemon {

Result<std::string> read_local_file(const std::string& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) {
        const auto code = errno == ENOENT   ? ErrorCode::not_found
                          : errno == EACCES ? ErrorCode::forbidden
                                            : ErrorCode::unavailable;
        return fail(code, "reading " + path + ": " + std::strerror(errno));
    }
    std::string content;
    std::array<char, 16384> buffer{};
    while (true) {
        const auto got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0) {
            return fail(ErrorCode::unavailable, "reading " + path + ": " + std::strerror(errno));
        }
        if (got == 0) {
            return content;
        }
        content.append(buffer.data(), static_cast<std::size_t>(got));
        if (content.size() > limit) {
            return fail(ErrorCode::invalid_input,
                        path + " is larger than " + std::to_string(limit) + " bytes");
        }
    }
}

Result<std::vector<std::string>> list_local_files(const std::string& pattern) {
    glob_t found{};
    const std::unique_ptr<glob_t, void (*)(glob_t*)> owner(&found, ::globfree);
    const int status = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
    if (status != 0 && status != GLOB_NOMATCH) {
        return fail(ErrorCode::unavailable,
                    "listing " + pattern + ": " +
                        (status == GLOB_NOSPACE ? "out of memory" : std::strerror(errno)));
    }
    return std::vector<std::string>(found.gl_pathv, found.gl_pathv + found.gl_pathc);
}

}  // namespace tided::daemon
