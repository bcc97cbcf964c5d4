// load: files -> documents -> one document -> checked -> compiled.
#include "daemon/config/load.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "daemon/config/check.h"
#include "daemon/config/compile.h"
#include "daemon/config/document.h"
#include "daemon/config/input.h"
#include "daemon/config/report.h"

namespace tided::config {
namespace {

constexpr std::size_t largest_file = 16 * 1024 * 1024;

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
        inputs.push_back(read_file(name, largest_file));
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

Loaded load_inputs(std::vector<Input> inputs,
                   const Confinement& confinement,
                   std::optional<TimePoint> now) {
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
    loaded.config = compile(whole, report, {.confinement = confinement, .now = now});
    loaded.diagnostics = std::move(report).sorted();
    return loaded;
}

}  // namespace

bool Loaded::ok() const {
    return std::none_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Severity::error;
    });
}

Loaded load(const std::string& path, const Confinement& confinement, std::optional<TimePoint> now) {
    std::error_code problem;
    if (!std::filesystem::is_directory(path, problem)) {
        return load_inputs({read_file(path, largest_file)}, confinement, now);
    }
    std::vector<Input> inputs = read_directory(path);
    if (!inputs.empty()) {
        return load_inputs(std::move(inputs), confinement, now);
    }
    const std::vector<File> none{{.name = path}};
    Report report{none};
    report.add(Problem::no_files, {}, {});
    Loaded loaded;
    loaded.diagnostics = std::move(report).sorted();
    return loaded;
}

Loaded load_text(std::string_view file,
                 std::string_view text,
                 const Confinement& confinement,
                 std::optional<TimePoint> now) {
    Input input{.name = std::string{file}, .text = std::string{text}};
    input.is_too_large = text.size() > largest_file;
    return load_inputs({std::move(input)}, confinement, now);
}

}  // namespace tided::config
