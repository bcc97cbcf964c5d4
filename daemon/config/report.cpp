#include "daemon/config/report.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tided::config {
namespace {

constexpr std::size_t most = 1000;  // diagnostics of one load

}  // namespace

void Report::add(Problem problem,
                 const Place& at,
                 std::initializer_list<std::string_view> arguments,
                 std::string hint) {
    if (entries_.size() > most) {
        return;
    }
    if (entries_.size() == most) {
        problem = Problem::too_many;
        hint.clear();
    }
    const ProblemRow& row = row_of(problem);
    Diagnostic diagnostic{.severity = row.severity,
                          .file = files_.at(at.file).name,
                          .line = at.line,
                          .column = at.column,
                          .width = at.width,
                          .message = problem == Problem::too_many
                                         ? filled(row.message, {std::to_string(most)})
                                         : filled(row.message, arguments),
                          .hint = hint.empty() ? std::string{row.hint} : std::move(hint),
                          .source_line = {},
                          .problem = problem};
    const bool is_known = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.at == at && entry.diagnostic.message == diagnostic.message;
    });
    if (is_known) {
        return;
    }
    const std::vector<std::string>& lines = files_[at.file].lines;
    if (at.line > 0 && at.line <= lines.size() && lines[at.line - 1].size() <= line_budget_) {
        diagnostic.source_line = lines[at.line - 1];
        line_budget_ -= diagnostic.source_line.size();
    }
    entries_.push_back({.at = at, .diagnostic = std::move(diagnostic)});
}

std::string Report::name_of(const Place& at) const {
    return files_.at(at.file).name + ':' + std::to_string(at.line) + ':' +
           std::to_string(at.column);
}

const std::string& Report::file_of(const Place& at) const {
    return files_.at(at.file).name;
}

std::string_view Report::text_of(const Place& at) const {
    return files_.at(at.file).text;
}

bool Report::is_masked(const Place& at) const {
    const std::vector<std::string>& lines = files_.at(at.file).lines;
    return at.line > 0 && at.line <= lines.size() && lines[at.line - 1].ends_with("***");
}

std::vector<Diagnostic> Report::sorted() && {
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.at.file, a.at.line, a.at.column) <
               std::tie(b.at.file, b.at.line, b.at.column);
    });
    std::vector<Diagnostic> out;
    out.reserve(entries_.size());
    for (Entry& entry : entries_) {
        out.push_back(std::move(entry.diagnostic));
    }
    return out;
}

}  // namespace tided::config
