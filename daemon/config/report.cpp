#include "daemon/config/report.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace tided::config {
namespace {

constexpr std::size_t most = 1000;  // diagnostics of one load

/// Levenshtein's distance in bytes, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

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

std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t longest = 64;
    std::size_t best = std::min<std::size_t>(3, wrong.size() / 3 + 1) + 1;
    std::string_view nearest;
    for (const std::string_view candidate : candidates) {
        if (wrong.size() > longest || candidate.size() > longest) {
            continue;
        }
        const std::size_t far = distance(wrong, candidate);
        if (far < best) {
            best = far;
            nearest = candidate;
        }
    }
    for (const std::string_view candidate : candidates) {
        const bool is_longer_form = wrong.starts_with(candidate) || candidate.starts_with(wrong);
        if (nearest.empty() && std::min(wrong.size(), candidate.size()) >= 3 && is_longer_form) {
            nearest = candidate;
        }
    }
    return nearest.empty() ? "" : "did you mean '" + std::string{nearest} + "'?";
}

}  // namespace tided::config
