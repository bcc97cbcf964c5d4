#include "daemon/state/ownership.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/server/checks.h"

namespace tided::daemon {
namespace {

std::string directory_of(const std::string& path) {
    return path.substr(0, path.rfind('/') + 1) + ".";
}

/// Who owns what stands in the way, and what to do; "" when ownership is not why.
std::string advice(const std::string& path) {
    struct stat file {};
    struct stat directory {};
    const uid_t we = ::geteuid();
    if (::stat(directory_of(path).c_str(), &directory) != 0) {
        return "";
    }
    if (directory.st_uid != we) {
        return "; the directory belongs to " + peer_of(directory.st_uid) + " and this is " +
               peer_of(we) + ": run it as that user or as root";
    }
    if (::lstat(path.c_str(), &file) == 0 && file.st_uid != we) {
        return "; it belongs to " + peer_of(file.st_uid) + " and this is " + peer_of(we) +
               ": chown " + std::to_string(we) + ' ' + path;
    }
    return "";
}

tl::unexpected<Error> refused(const std::string& path, int error) {
    return fail(ErrorCode::forbidden,
                "opening " + path + ": " +
                    (error == ELOOP ? std::string{"it is a symbolic link"}
                                    : std::generic_category().message(error) +
                                          (error == EACCES ? advice(path) : "")));
}

}  // namespace

Result<int> open_or_make(const std::string& path) {
    constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
    const int made = ::open(path.c_str(), flags | O_CREAT | O_EXCL, 0640);
    if (made >= 0) {
        if (Status given = hand_over(made, path); !given) {
            ::close(made);
            return fail(std::move(given).error());
        }
        return made;
    }
    const int found = errno == EEXIST ? ::open(path.c_str(), flags) : -1;
    return found >= 0 ? Result<int>{found} : refused(path, errno);
}

Status hand_over(int descriptor, const std::string& path) {
    struct stat directory {};
    if (::geteuid() != 0) {
        return {};
    }
    if (::stat(directory_of(path).c_str(), &directory) != 0 ||
        ::fchown(descriptor, directory.st_uid, directory.st_gid) != 0) {
        return fail(ErrorCode::unavailable,
                    "giving " + path + " to the owner of its directory: " +
                        std::generic_category().message(errno));
    }
    return {};
}

}  // namespace tided::daemon
