// Compile: a checked document becomes a Config. Each part is read through its schema, so defaults
// stand in one place; then names are resolved and what does not fit together is reported.
// Goes on after mistakes and finds as many as it can.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/config/document.h"
#include "daemon/config/load.h"
#include "daemon/config/report.h"
#include "daemon/config/schedules.h"
#include "daemon/config/values.h"

namespace tided::config {

/// Calendar files by path, each read once; none where it was found wrong.
using CalendarShelf = std::map<std::string, Shared<Calendar>>;

/// A [holidays.NAME], and whether a schedule names it.
struct HolidayList {
    const Node* node = nullptr;
    DayList days{};
    bool is_used = false;
};
using HolidayLists = std::map<std::string, HolidayList>;

/// What compiling depends on besides the document.
struct Surroundings {
    const Confinement& confinement;
    std::optional<TimePoint> now{};
};

/// What the parts below share.
struct Compiling {
    const Node& root;
    Report& report;
    const Confinement& confinement;
    std::optional<TimePoint> now{};  ///< when schedules are looked at
    Config config{};
    CalendarShelf calendars{};
    HolidayLists holidays{};
    bool has_unknown_holidays = false;   ///< one that is not used may have been meant
    Shared<Schedules> last_schedules{};  ///< of the policy before, which may be the same
    policy::Schedule last_table{};
    // Where the members of config's vectors stand in the file, in the same order.
    std::vector<const Node*> source_nodes{};
    std::vector<const Node*> provider_nodes{};
    std::vector<const Node*> pool_nodes{};
    std::vector<const Node*> policy_nodes{};
    std::vector<const Node*> template_nodes{};
};

/// Calls `use` for each table of a top-level group that has a usable type.
void for_each_member(const Compiling& in,
                     const Group& group,
                     const std::function<void(const Node&, const Fields&)>& use);

/// The keys of every HTTP peer, as far as `fields` has them. `url` must have been checked.
[[nodiscard]] HttpOptions compile_http(Compiling& in, const Fields& fields);
/// Reports what is wrong with the URL under `key` and gives it back ("" when wrong or absent).
[[nodiscard]] std::string compile_url(Compiling& in, const Fields& fields, std::string_view key);
/// Reports what is wrong with a URL that stands at `node`, as a value of `key`. False then.
bool check_url(Compiling& in, std::string_view key, const Node& node);
/// Warns when a secret goes over plain http to another host, where it can be read on the way.
void warn_of_clear_text(Compiling& in, const Fields& fields, const HttpOptions& http);
/// proxy and no_proxy.
void compile_proxy(Compiling& in, const Fields& fields, HttpOptions& http);

void compile_daemon(Compiling& in);
void compile_webhooks(Compiling& in);
void compile_sources(Compiling& in);
/// How the targets of a scrape source are found.
void compile_discovery(Compiling& in, const Fields& fields, Source& source);
void compile_providers(Compiling& in);
void compile_pools(Compiling& in);
void compile_policies(Compiling& in);
void compile_holidays(Compiling& in);
/// `calendar` and `match` of `fields`; nothing when absent or wrong, which is reported.
[[nodiscard]] std::optional<CalendarPick> compile_pick(Compiling& in, const Fields& fields);
/// Names of holiday lists, and dates. REQUIRES: holidays are compiled.
[[nodiscard]] DayList compile_days(Compiling& in, const Fields& fields, std::string_view key);
/// A list's elements, or the one value that stands in its place.
[[nodiscard]] std::vector<const Node*> elements_of(const Node& node);
/// The schedule of the policy that `fields` stand for, whose min and max are compiled.
void compile_schedule(Compiling& in, const Fields& fields, Policy& policy);
/// Warns of holiday lists that no schedule names. REQUIRES: policies are compiled.
void warn_of_unused_holidays(Compiling& in);
/// One [policy.NAME] without what is said there of a template. `over`: what was laid over it.
[[nodiscard]] Policy compile_policy(Compiling& in, const Node& node, const Node* over = nullptr);
/// The profile, and what only that one knows. REQUIRES: its behavior is compiled.
void compile_profile(Compiling& in, const Fields& fields, policy::PolicySpec& spec);
/// [policy.NAME.vertical]. REQUIRES: its profile is compiled.
void compile_vertical(Compiling& in, const Fields& fields, Policy& policy);
/// [policy.NAME.vertical.joint], if it is there. REQUIRES: profile and bounds are compiled.
[[nodiscard]] std::optional<Joint> compile_joint(Compiling& in,
                                                 const Fields& vertical,
                                                 const policy::PolicySpec& spec);
/// [policy.NAME.guards]. REQUIRES: its metrics are compiled.
void compile_guards(Compiling& in, const Fields& fields, policy::PolicySpec& spec);
/// [daemon.limits] but for its cost.
[[nodiscard]] policy::FleetRules compile_limits(const Fields& daemon);
/// "0.08 EUR": an amount that is not negative, and a currency of three capitals.
[[nodiscard]] bool is_price(std::string_view text);
/// Prices of pools, bounds on cost. REQUIRES: pools, providers and policies are compiled.
void resolve_money(Compiling& in);
/// `policy` has for_each. Its pool is put in when references are resolved.
void compile_template(Compiling& in, const Node& node, const Fields& fields, Policy policy);
/// The label of the template whose pool has this name, or "".
[[nodiscard]] std::string_view label_of_pool(const Compiling& in, std::string_view pool);
/// Reports what a pool must not be when it is a template's.
void check_template_pool(Compiling& in, const Node& node, const Pool& pool);
/// Names, identities, ports, what nobody uses. REQUIRES: all parts are compiled.
void resolve_references(Compiling& in);

/// The whole document.
[[nodiscard]] Config compile(const Node& root, Report& report, const Surroundings& around);

/// A duration and the key it was read from.
struct NamedDuration {
    std::string_view key;
    Duration value{};
};

/// Reports when `value` is longer than `limit`; the key of `value` is pointed at.
void refuse_longer(Compiling& in,
                   const Fields& fields,
                   const NamedDuration& value,
                   const NamedDuration& limit);

/// promql = "2" or "3".
[[nodiscard]] inline metrics::promql::Dialect dialect_named(std::string_view number) {
    return number == "2" ? metrics::promql::Dialect::prometheus_2
                         : metrics::promql::Dialect::prometheus_3;
}

}  // namespace tided::config
