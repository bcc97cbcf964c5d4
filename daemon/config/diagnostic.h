// Diagnostic: one thing wrong (or doubtful) at one place of a file, and its rendering:
//
//   /etc/tided/tided.toml:12:1: error: unknown key 'maximum' in [policy.web]
//      12 | maximum = 40
//         | ^~~~~~~
//         = did you mean 'max'?
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tided::config {

/// What is wrong, one name per row of the table in problem.cpp.
enum class Problem : std::uint8_t {
    // reading files
    unreadable,
    no_files,
    too_large,
    syntax,
    defined_twice,
    too_many,
    // keys and values
    unknown_key,
    unsupported_key,
    unsupported_value,
    wrong_type,
    missing_unit,
    bad_value,
    not_a_choice,
    out_of_range,
    empty_value,
    missing_key,
    bad_name,
    literal_secret,
    bad_reference,
    one_of_two,
    needs_one_of,
    needs_other_key,
    // addresses, templates and names inside values
    bad_url,
    secret_in_url,
    bad_address,
    duplicate_entry,
    bad_template,
    bad_workload,
    bad_expression,
    // what does not fit together
    unknown_name,
    own_fallback,
    min_above_max,
    idle_above_min,
    not_in_profile,
    no_price,
    other_currency,
    min_too_dear,
    mins_too_dear,
    not_greater,
    percentiles_crossed,
    overlapping_bands,
    several_rules,
    formula_cycle,
    unused_input,
    longer_than,
    shared_pool,
    shared_object,
    port_range,
    programs_refused,
    // schedules
    unknown_zone,
    bad_cron,
    never_fires,
    bad_date,
    bad_calendar,
    no_such_event,
    asks_nothing,
    outside_policy,
    // doubtful: warnings
    unused,
    no_effect,
    insecure_tls,
    clear_text_secret,
    always_stale,
    short_range,
    cut_grace,
    no_metric,
    same_for_all,
    overlapping_ports,
    all_over,
    schedules_clash,
    always_frozen,
};

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string file;
    std::size_t line = 0;     ///< from 1; 0 = the file as a whole
    std::size_t column = 0;   ///< from 1, in characters
    std::size_t width = 1;    ///< characters to underline
    std::string message;      ///< what, expected, got
    std::string hint;         ///< "did you mean 'max'?", or ""
    std::string source_line;  ///< the text of that line, secrets masked
    Problem problem = Problem::syntax;

    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// The block shown above, without a trailing newline.
[[nodiscard]] std::string render(const Diagnostic& diagnostic);

}  // namespace tided::config
