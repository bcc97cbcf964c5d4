// FakeHost: files, watches and name server records in memory, scripted by the test.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metrics/discovery/host.h"

namespace tided::metrics::test {

class FakeHost final : public Host {
public:
    std::map<std::string, std::string> files;
    std::map<std::string, Error> unreadable;  ///< by path
    bool can_list = true;
    bool can_watch = true;
    std::vector<std::string> reads;
    std::map<std::string, Result<std::vector<DnsRecord>>> records;  ///< by name
    std::vector<std::string> questions;

    Result<std::string> read_file(const std::string& path, std::size_t limit) override {
        reads.push_back(path);
        if (const auto broken = unreadable.find(path); broken != unreadable.end()) {
            return fail(broken->second);
        }
        const auto file = files.find(path);
        if (file == files.end()) {
            return fail(ErrorCode::not_found, "reading " + path + ": no such file");
        }
        if (file->second.size() > limit) {
            return fail(ErrorCode::invalid_input,
                        path + " is larger than " + std::to_string(limit) + " bytes");
        }
        return file->second;
    }

    /// "*" stands for the whole rest of the name before the ending.
    Result<std::vector<std::string>> list_files(const std::string& pattern) override {
        if (!can_list) {
            return fail(ErrorCode::unavailable, "listing " + pattern + ": Input/output error");
        }
        std::vector<std::string> found;
        for (const auto& [path, text] : files) {
            if (is_named(pattern, path)) {
                found.push_back(path);
            }
        }
        return found;
    }

    Result<std::unique_ptr<FileWatch>> watch_files(
        const std::string& pattern, std::function<void(const std::string&)> on_change) override {
        if (!can_watch) {
            return fail(ErrorCode::unavailable, "watching " + pattern + ": no such directory");
        }
        auto made = std::make_unique<Watch>(*this, pattern, std::move(on_change));
        return std::unique_ptr<FileWatch>{std::move(made)};
    }

    boost::asio::awaitable<Result<std::vector<DnsRecord>>> look_up(std::string name,
                                                                   DnsSdSpec::Type /*type*/,
                                                                   Deadline /*deadline*/) override {
        questions.push_back(name);
        const auto known = records.find(name);
        if (known == records.end()) {
            co_return fail(ErrorCode::unavailable, "resolving " + name + ": not scripted");
        }
        co_return known->second;
    }

    /// Somebody writes a file and closes it.
    void write(const std::string& path, std::string text) {
        files[path] = std::move(text);
        announce(path);
    }
    void remove(const std::string& path) {
        files.erase(path);
        announce(path);
    }
    void announce(const std::string& path) {
        for (const Watch* watch : std::set<const Watch*>{watches_}) {
            if (path.empty() || is_named(watch->pattern, path)) {
                watch->on_change(path);
            }
        }
    }
    [[nodiscard]] std::size_t watches() const { return watches_.size(); }

private:
    struct Watch final : FileWatch {
        Watch(FakeHost& h, std::string p, std::function<void(const std::string&)> f)
            : host(h), pattern(std::move(p)), on_change(std::move(f)) {
            host.watches_.insert(this);
        }
        ~Watch() override { host.watches_.erase(this); }
        FakeHost& host;
        std::string pattern;
        std::function<void(const std::string&)> on_change;
    };

    static bool is_named(const std::string& pattern, const std::string& path) {
        const std::size_t star = pattern.find('*');
        if (star == std::string::npos) {
            return pattern == path;
        }
        return path.starts_with(pattern.substr(0, star)) &&
               path.ends_with(pattern.substr(star + 1));
    }

    std::set<const Watch*> watches_;
};

}  // namespace tided::metrics::test
