#include "daemon/config/problem.h"

#include <array>
#include <cassert>

namespace tided::config {
namespace {

constexpr Severity error = Severity::error;
constexpr Severity warning = Severity::warning;
using P = Problem;

constexpr std::array<ProblemRow, 70> rows{{
    {P::unreadable, "unreadable", error, "cannot read the file: {}", ""},
    {P::no_files,
     "no_files",
     error,
     "the directory holds no *.toml file",
     "hidden files and other endings are not read"},
    {P::too_large, "too_large", error, "the file is larger than {}", ""},
    {P::syntax, "syntax", error, "not TOML: {}", ""},
    {P::defined_twice, "defined_twice", error, "{} is already defined at {}", ""},
    {P::too_many, "too_many", error, "more than {} mistakes: the others are not shown", ""},

    {P::unknown_key, "unknown_key", error, "unknown key '{}' in {}", ""},
    {P::unsupported_key,
     "unsupported_key",
     error,
     "'{}' in {} is not supported by this version",
     ""},
    {P::unsupported_value,
     "unsupported_value",
     error,
     "{} = \"{}\" is not supported by this version",
     ""},
    {P::wrong_type, "wrong_type", error, "'{}' must be {}, not {}", ""},
    {P::missing_unit, "missing_unit", error, "'{}' must be {}, not a bare number", ""},
    {P::bad_value, "bad_value", error, "'{}': {}", ""},
    {P::not_a_choice, "not_a_choice", error, "'{}' must be one of {}, not \"{}\"", ""},
    {P::out_of_range, "out_of_range", error, "'{}' must be {}, not {}", ""},
    {P::empty_value, "empty_value", error, "'{}' must not be empty", ""},
    {P::missing_key, "missing_key", error, "'{}' is missing in {}", ""},
    {P::bad_name,
     "bad_name",
     error,
     "'{}' is no name for {}",
     "1 to 63 letters, digits, '_' or '-', the first a letter or digit"},
    {P::literal_secret,
     "literal_secret",
     error,
     "'{}' must not hold a secret itself",
     "write \"credential:NAME\", \"file:/PATH\" or \"env:NAME\""},
    {P::bad_reference, "bad_reference", error, "'{}': {}", ""},
    {P::one_of_two, "one_of_two", error, "{} needs exactly one of {}", ""},
    {P::needs_one_of, "needs_one_of", error, "{} needs at least one of {}", ""},
    {P::needs_other_key, "needs_other_key", error, "'{}' needs '{}'", ""},

    {P::bad_url, "bad_url", error, "'{}' is not a usable URL: {}", ""},
    {P::secret_in_url, "secret_in_url", error, "'{}' must not hold a user name or password", ""},
    {P::bad_address, "bad_address", error, "'{}': {}", ""},
    {P::duplicate_entry, "duplicate_entry", error, "'{}' holds {} twice", ""},
    {P::bad_template, "bad_template", error, "'{}': {}", ""},
    {P::bad_workload, "bad_workload", error, "'{}': {}", ""},
    {P::bad_expression, "bad_expression", error, "'{}': {}", ""},

    {P::unknown_name, "unknown_name", error, "there is no {} '{}'", ""},
    {P::own_fallback, "own_fallback", error, "'fallback_source' is the same as 'source'", ""},
    {P::min_above_max, "min_above_max", error, "'min' {} is greater than 'max' {}", ""},
    {P::idle_above_min,
     "idle_above_min",
     error,
     "'idle' {} is greater than 'min' {}",
     "min holds while a metric is active, idle while none is"},
    {P::not_in_profile,
     "not_in_profile",
     error,
     "'{}' is not for profile {}",
     "that controller does not know it; profile = \"default\" does"},
    {P::no_price,
     "no_price",
     error,
     "a bound on cost needs a price, and {}",
     "facts = { price_per_hour = \"0.08 EUR\" } in the provider says what a unit of capacity "
     "costs"},
    {P::other_currency, "other_currency", error, "a bound in {} cannot hold prices in {}", ""},
    {P::min_too_dear, "min_too_dear", error, "{} pays for {} replicas, and 'min' is {}", ""},
    {P::mins_too_dear,
     "mins_too_dear",
     error,
     "it is less than the {} an hour that 'min' of all policies costs",
     ""},
    {P::not_greater, "not_greater", error, "'{}' {} is not greater than '{}' {}", ""},
    {P::percentiles_crossed,
     "percentiles_crossed",
     error,
     "'{}' {} is greater than '{}' {}",
     "the target lies between the bounds: lower_percentile <= target_percentile <= "
     "upper_percentile"},
    {P::overlapping_bands,
     "overlapping_bands",
     error,
     "the band {} overlaps with the one {}",
     "a band ends before its 'to'"},
    {P::several_rules,
     "several_rules",
     error,
     "'{}' beside '{}': a metric has one rule",
     "the same query may stand in two metrics"},
    {P::formula_cycle, "formula_cycle", error, "the formula needs itself: {}", ""},
    {P::unused_input,
     "unused_input",
     error,
     "metric '{}' has no rule, and no formula, backlog or latency names it",
     "give it a target, threshold, steps, backlog, pass_through, latency or capacity, or leave it "
     "out"},
    {P::longer_than, "longer_than", error, "'{}' {} is longer than '{}' {}", ""},
    {P::shared_pool, "shared_pool", error, "pool '{}' already belongs to policy '{}' ({})", ""},
    {P::shared_object,
     "shared_object",
     error,
     "pool '{}' is the same object as pool '{}' ({})",
     "two policies on one object would fight"},
    {P::port_range, "port_range", error, "{} processes from port {} on go past port 65535", ""},
    {P::programs_refused,
     "programs_refused",
     error,
     "{} runs programs on this host, which the service's sandbox forbids",
     "/etc/systemd/system/tided.service.d/workers.conf allows it at the price of a "
     "weaker sandbox: who can write the policy file can then run any program as user tided; "
     "example: /usr/share/doc/tided/examples/tided.service.d/workers.conf"},

    {P::unknown_zone, "unknown_zone", error, "there is no time zone '{}'", ""},
    {P::bad_cron, "bad_cron", error, "'cron': {}", ""},
    {P::never_fires,
     "never_fires",
     error,
     "'cron' never begins: no year has such a day",
     "days of the month end at 28, 29, 30 or 31"},
    {P::bad_date,
     "bad_date",
     error,
     "'{}': {}",
     "write 2026-12-24, 12-24 (every year), 2026-12-24T18:00, or FROM/TO"},
    {P::bad_calendar, "bad_calendar", error, "'calendar' {}: {}", ""},
    {P::no_such_event,
     "no_such_event",
     error,
     "no event of {} has \"{}\" in its summary or categories",
     ""},
    {P::asks_nothing,
     "asks_nothing",
     error,
     "a schedule needs 'min', 'max' or 'freeze = true'",
     "as it is it would change nothing"},
    {P::outside_policy, "outside_policy", error, "'{}' {} is {} the policy's '{}' {}", ""},

    {P::unused, "unused", warning, "no {} uses {} '{}'", ""},
    {P::no_effect, "no_effect", warning, "'{}': {}", ""},
    {P::insecure_tls,
     "insecure_tls",
     warning,
     "the certificate is not verified: anybody between us and the peer can read and change what "
     "is said",
     "name the peer's authority instead: ca = \"file:/PATH\""},
    {P::clear_text_secret, "clear_text_secret", warning, "{} travels in clear text over http", ""},
    {P::always_stale,
     "always_stale",
     warning,
     "'max_age' {} is shorter than the interval {} of source '{}': the metric is stale most of "
     "the time",
     ""},
    {P::short_range,
     "short_range",
     warning,
     "the range {} is shorter than twice the interval {} of source '{}': it holds too few samples "
     "for a rate",
     ""},
    {P::cut_grace,
     "cut_grace",
     warning,
     "'stop_grace' {} is longer than [daemon] 'shutdown_timeout' {}: when the daemon stops, "
     "processes are killed before their grace is over",
     "raise 'shutdown_timeout' (and the unit's TimeoutStopSec beyond it), or set keep = true"},
    {P::no_metric,
     "no_metric",
     warning,
     "policy '{}' has no metric: it only keeps the pool between min and max",
     ""},
    {P::same_for_all,
     "same_for_all",
     warning,
     "'{}' is the same for every {}",
     "name the label in it, in braces and within quotes"},
    {P::overlapping_ports,
     "overlapping_ports",
     warning,
     "ports {} to {} overlap with those of pool '{}' ({} to {})",
     ""},
    {P::all_over, "all_over", warning, "'{}': {}", ""},
    {P::schedules_clash,
     "schedules_clash",
     warning,
     "'max' {} is less than 'min' {} of the schedule at {} while both hold, as from {} on",
     "the min is kept: where they contradict each other, capacity wins"},
    {P::always_frozen,
     "always_frozen",
     warning,
     "'freeze' holds without a break until {} at least: the policy makes no step",
     "mode = \"dry-run\" decides and makes none; 'tided pause' lasts until somebody ends it"},
}};

}  // namespace

std::span<const ProblemRow> problems() {
    return rows;
}

const ProblemRow& row_of(Problem problem) {
    const ProblemRow& row = rows.at(static_cast<std::size_t>(problem));
    assert(row.problem == problem);
    return row;
}

std::string filled(std::string_view text, std::initializer_list<std::string_view> arguments) {
    std::string out;
    const auto* next = arguments.begin();
    for (std::size_t at = 0; at < text.size();) {
        if (text.substr(at, 2) == "{}" && next != arguments.end()) {
            out += *next++;
            at += 2;
        } else {
            out += text[at++];
        }
    }
    return out;
}

}  // namespace tided::config
