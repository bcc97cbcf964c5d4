// Catalogue: the traces the bench knows, each with the slice that figures are quoted for. The
// project ships only what its licence allows (tests/data/traces/README.md); a directory with the
// others is an argument. A file is looked for under its name (and cut), then under its name with
// the slice in it, as the shipped cuts have: worldcup98_req_per_min_days_40_75.csv.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/traces/trace.h"

namespace tided::bench {

struct Subject {
    std::string_view file;  ///< without ".csv"
    Days days{};
    std::string_view cut = "";  ///< what the name of a shipped cut adds
};

[[nodiscard]] std::span<const Subject> catalogue();

/// What the constants of policy/ were not chosen on: the rest of the same traces, and another one.
[[nodiscard]] std::span<const Subject> held_out();

[[nodiscard]] std::string title(const Subject& subject);

/// The load curve of the subject, from whichever of its files `directory` has.
[[nodiscard]] std::optional<std::vector<double>> find_load(const Subject& subject,
                                                           const std::filesystem::path& directory);

}  // namespace tided::bench
