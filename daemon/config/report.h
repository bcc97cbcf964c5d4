// Report: gathers what was found wrong, gives each its file, line and text, and hands all back in
// order. The only maker of Diagnostics, so a message that is not in problem.cpp cannot exist.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/diagnostic.h"
#include "daemon/config/document.h"
#include "daemon/config/problem.h"

namespace tided::config {

class Report {
public:
    /// REQUIRES: `files` outlives the report.
    explicit Report(const std::vector<File>& files) : files_{files} {}

    /// `hint` "" takes the table's.
    void add(Problem problem,
             const Place& at,
             std::initializer_list<std::string_view> arguments,
             std::string hint = {});

    /// "web.toml:3:1", for messages that speak of a second place.
    [[nodiscard]] std::string name_of(const Place& at) const;

    /// The file that `at` lies in.
    [[nodiscard]] const std::string& file_of(const Place& at) const;

    /// Text of the file that `at` lies in.
    [[nodiscard]] std::string_view text_of(const Place& at) const;

    /// True when the line of `at` is not shown whole since it holds a secret.
    [[nodiscard]] bool is_masked(const Place& at) const;

    /// Everything, sorted by file (in the order they were read), line and column; what was found
    /// twice stands there once.
    [[nodiscard]] std::vector<Diagnostic> sorted() &&;

private:
    struct Entry {
        Place at;
        Diagnostic diagnostic;
    };
    const std::vector<File>& files_;
    std::vector<Entry> entries_;
    std::size_t line_budget_ = 1 << 20;  ///< bytes of source lines still to be copied
};

}  // namespace tided::config
