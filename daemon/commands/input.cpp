#include "daemon/commands/input.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace tided::daemon {

Result<std::string> read_input(const std::string& file) {
    using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
    const auto leave_open = [](std::FILE*) { return 0; };
    const Stream stream = file == "-" ? Stream{stdin, leave_open}
                                      : Stream{std::fopen(file.c_str(), "rb"), std::fclose};
    if (!stream) {
        const ErrorCode code = errno == ENOENT   ? ErrorCode::not_found
                               : errno == EACCES ? ErrorCode::forbidden
                                                 : ErrorCode::unavailable;
        return fail(code, "cannot read " + file + ": " + std::strerror(errno));
    }
    std::string text;
    std::array<char, 65536> piece{};
    while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), stream.get())) {
        text.append(piece.data(), n);
    }
    if (std::ferror(stream.get()) != 0) {
        return fail(ErrorCode::unavailable, "cannot read " + file + ": " + std::strerror(errno));
    }
    return text;
}

}  // namespace tided::daemon
