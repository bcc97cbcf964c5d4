// Ownership of what stands in a state directory. What needs root is left out for others.
#include "daemon/state/ownership.h"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/state/store.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
using testing::run;
using testing::TemporaryDirectory;

std::string open_error(const std::string& directory) {
    asio::io_context io;
    const auto store = StateStore::open({.directory = directory}, io.get_executor());
    return store ? "opened" : store.error().message;
}

constexpr uid_t service = 65534;

std::string owner_of(const std::string& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) != 0
               ? "missing"
               : std::to_string(found.st_uid) + ':' + std::to_string(found.st_gid);
}

TEST_CASE("what root makes in another user's state directory is that user's") {
    if (::geteuid() != 0) {
        return;
    }
    const TemporaryDirectory home;
    REQUIRE(::chown(home.path().c_str(), service, 12) == 0);
    asio::io_context io;
    {
        const auto store = StateStore::open({.directory = home.path()}, io.get_executor());
        REQUIRE(store.has_value());
        Batch batch;
        batch.facts = {{"state_id", "x"}};
        CHECK(run(io, (*store)->commit(std::move(batch), Durability::full)).has_value());
        for (const char* name : {"tided.db", "tided.db-wal", "tided.lock"}) {
            INFO(name);
            CHECK(owner_of(home / name) == "65534:12");
        }
    }
    REQUIRE(::chown((home / "tided.lock").c_str(), 0, 0) == 0);
    CHECK(::seteuid(service) == 0);
    const std::string foreign = open_error(home.path());
    CHECK(::seteuid(0) == 0);
    CHECK(foreign == "opening " + (home / "tided.lock") +
                         ": Permission denied; it belongs to uid=0(root) and this is "
                         "uid=65534(nobody): chown 65534 " +
                         (home / "tided.lock"));
    REQUIRE(::chown(home.path().c_str(), 0, 0) == 0);
    REQUIRE(::chmod(home.path().c_str(), 0755) == 0);
    CHECK(::seteuid(service) == 0);
    const std::string elsewhere = open_error(home.path());
    CHECK(::seteuid(0) == 0);
    CHECK(elsewhere == "opening " + (home / "tided.lock") +
                           ": Permission denied; the directory belongs to uid=0(root) and this is "
                           "uid=65534(nobody): run it as that user or as root");
}

TEST_CASE("a lock or a database that is a symbolic link is refused, where it leads is left alone") {
    for (const char* name : {"tided.lock", "tided.db"}) {
        INFO(name);
        const TemporaryDirectory home;
        std::ofstream{home / "precious"} << "precious";
        std::filesystem::create_symlink(home / "precious", home / name);
        CHECK(open_error(home.path()) == "opening " + (home / name) + ": it is a symbolic link");
        std::ifstream file{home / "precious"};
        CHECK(std::string{std::istreambuf_iterator<char>{file}, {}} == "precious");
    }
}

}  // namespace
}  // namespace tided::daemon
