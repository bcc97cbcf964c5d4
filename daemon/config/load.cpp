// load: files -> documents -> one document -> checked -> compiled.
#include "daemon/config/load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/check.h"
#include "daemon/config/compile.h"
#include "daemon/config/document.h"
#include "daemon/config/report.h"

namespace tided::config {
namespace {

constexpr std::size_t largest_file = 16 * 1024 * 1024;

/// A file as it was read; `problem` says why it was not.
struct Input {
    std::string name;
    std::string text{};
    std::string problem{};
    bool is_too_large = false;
};

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

Input read_file(const std::string& path) {
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
        if (input.text.size() > largest_file) {
            input.is_too_large = true;
            return input;
        }
    }
}

/// The *.toml of a directory in byte order of their names.
std::vector<Input> read_directory(const std::string& path) {
    std::vector<std::string> names;
    std::error_code problem;
    for (std::filesystem::directory_iterator at{path, problem}, end; !problem && at != end;
         at.increment(problem)) {
        const std::string name = at->path().filename().string();
        if (!name.starts_with('.') && name.ends_with(".toml")) {
            names.push_back(at->path().string());
        }
    }
    if (problem) {
        return {{.name = path, .problem = problem.message()}};
    }
    std::sort(names.begin(), names.end());
    std::vector<Input> inputs;
    inputs.reserve(names.size());
    for (const std::string& name : names) {
        inputs.push_back(read_file(name));
    }
    return inputs;
}

/// Adds one file's tables to the whole. Groups are joined; their members, [daemon] and everything
/// else belong to one file.
class Merger {
public:
    Merger(Node& whole, Report& report) : whole_{whole}, report_{report} {}

    void add(Node&& file) {
        for (Node& node : file.children) {
            const bool is_group = group_called(node.name) != nullptr;
            const auto [at, is_new] = tops_.emplace(node.name, whole_.children.size());
            if (is_new) {
                note_members(node, is_group);
                whole_.children.push_back(std::move(node));
                continue;
            }
            Node& there = whole_.children[at->second];
            if (!is_group || node.kind != Node::Kind::table || there.kind != Node::Kind::table) {
                twice('[' + node.name + ']', node.key, there.key);
                continue;
            }
            join(node, there);
        }
    }

private:
    void note_members(const Node& node, bool is_group) {
        if (is_group) {
            for (const Node& member : node.children) {
                members_.emplace(std::pair{node.name, member.name}, member.key);
            }
        }
    }

    void join(Node& from, Node& into) {
        for (Node& member : from.children) {
            const auto [first, is_new] =
                members_.emplace(std::pair{from.name, member.name}, member.key);
            if (is_new) {
                into.children.push_back(std::move(member));
            } else {
                twice('[' + from.name + '.' + member.name + ']', member.key, first->second);
            }
        }
    }

    void twice(const std::string& what, const Place& here, const Place& there) {
        report_.add(Problem::defined_twice, here, {what, report_.name_of(there)});
    }

    Node& whole_;
    Report& report_;
    std::map<std::string, std::size_t> tops_;
    std::map<std::pair<std::string, std::string>, Place> members_;
};

void parse_into(Merger& merger, Report& report, const std::vector<File>& files, std::size_t index) {
    Parsed parsed = parse(index, files[index].text);
    if (!parsed.error) {
        merger.add(std::move(parsed.root));
        return;
    }
    const Place at = parsed.error->at;
    report.add(Problem::syntax,
               at,
               {report.is_masked(at) ? "the line holds a secret, so no more is said here"
                                     : parsed.error->message});
}

Loaded load_inputs(std::vector<Input> inputs, const Confinement& confinement) {
    std::vector<File> files;
    files.reserve(inputs.size());
    for (Input& input : inputs) {
        files.push_back(make_file(input.name, input.is_too_large ? "" : std::move(input.text)));
    }
    Report report{files};
    Node whole;
    Merger merger{whole, report};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Place at{.file = i};
        if (inputs[i].is_too_large) {
            report.add(Problem::too_large, at, {"16 MiB"});
        } else if (!inputs[i].problem.empty()) {
            report.add(Problem::unreadable, at, {inputs[i].problem});
        } else {
            parse_into(merger, report, files, i);
        }
    }
    check(whole, report);
    Loaded loaded;
    loaded.config = compile(whole, report, confinement);
    loaded.diagnostics = std::move(report).sorted();
    return loaded;
}

}  // namespace

bool Loaded::ok() const {
    return std::none_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Severity::error;
    });
}

Loaded load(const std::string& path, const Confinement& confinement) {
    std::error_code problem;
    if (!std::filesystem::is_directory(path, problem)) {
        return load_inputs({read_file(path)}, confinement);
    }
    std::vector<Input> inputs = read_directory(path);
    if (!inputs.empty()) {
        return load_inputs(std::move(inputs), confinement);
    }
    const std::vector<File> none{{.name = path}};
    Report report{none};
    report.add(Problem::no_files, {}, {});
    Loaded loaded;
    loaded.diagnostics = std::move(report).sorted();
    return loaded;
}

Loaded load_text(std::string_view file, std::string_view text, const Confinement& confinement) {
    Input input{.name = std::string{file}, .text = std::string{text}};
    input.is_too_large = text.size() > largest_file;
    return load_inputs({std::move(input)}, confinement);
}

}  // namespace tided::config
