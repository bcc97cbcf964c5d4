// [policy.NAME.guards], [daemon.limits]: what may veto a step.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr Key approval_keys[] = {
    {.name = "above",
     .form = Form::integer,
     .low = "0",
     .high = "2147483647",
     .doc = "A step of more replicas than this waits for tided approve.",
     .otherwise = "no such limit"},
    {.name = "above_share",
     .form = Form::ratio,
     .low = "1%",
     .high = "10000%",
     .doc = "So does one of more than this share of the present count, or of min while fewer run.",
     .otherwise = "no such limit"},
};

constexpr Key flapping_keys[] = {
    {.name = "turns",
     .form = Form::integer,
     .low = "0",
     .high = "100",
     .doc = "Changes of direction that are too many; 0: any number is right.",
     .otherwise = "10; 0 in a Kubernetes profile"},
    {.name = "within",
     .form = Form::duration,
     .standard = "30m",
     .low = "1m",
     .high = "1h",
     .doc = "Within that time."},
    {.name = "longest",
     .form = Form::duration,
     .standard = "30m",
     .low = "1m",
     .high = "1h",
     .doc = "The longest that scale_down is made to wait."},
};

constexpr Key undo_keys[] = {
    {.name = "metric",
     .need = Need::required,
     .doc = "Name of the metric that a step up is meant to mend: a latency, an error rate; never a "
            "load, which may rise by itself."},
    {.name = "worse_by",
     .form = Form::ratio,
     .standard = "20%",
     .low = "1%",
     .high = "1000%",
     .doc = "Above its level before the steps by more than that."},
    {.name = "within",
     .form = Form::duration,
     .standard = "5m",
     .low = "10s",
     .high = "1h",
     .doc = "For that long without a break."},
    {.name = "hold",
     .form = Form::duration,
     .standard = "30m",
     .low = "1m",
     .high = "1d",
     .doc = "No step up again for that long."},
};

constexpr Key guards_keys[] = {
    {.name = "steps_per_hour",
     .form = Form::integer,
     .low = "1",
     .high = "240",
     .doc = "Most steps within any hour, in both directions.",
     .otherwise = "no limit"},
    {.name = "max_cost",
     .doc = "What all replicas together may cost an hour, such as 4 EUR; needs price_per_hour in "
            "the provider's facts. It lowers max.",
     .otherwise = "no limit"},
    {.name = "approval",
     .form = Form::table,
     .inner = &approval,
     .doc = "Which steps wait for a human's yes.",
     .otherwise = "none"},
    {.name = "flapping",
     .form = Form::table,
     .inner = &flapping,
     .doc = "When a policy that turns round too often is damped.",
     .otherwise = "its defaults"},
    {.name = "undo",
     .form = Form::table,
     .inner = &undo,
     .doc = "Takes steps up back that made a metric worse, once, and tells.",
     .otherwise = "steps stay"},
};

constexpr Key limits_keys[] = {
    {.name = "steps_per_minute",
     .form = Form::integer,
     .low = "1",
     .high = "1000000",
     .doc = "Most steps of all policies within any minute.",
     .otherwise = "no limit"},
    {.name = "removed_share",
     .form = Form::ratio,
     .low = "0%",
     .high = "100%",
     .doc = "Of all replicas, no more than this share is removed within removed_within; one at "
            "least, unless it is 0%.",
     .otherwise = "no limit"},
    {.name = "removed_within",
     .form = Form::duration,
     .standard = "10m",
     .low = "1m",
     .high = "1d",
     .doc = "The time that removed_share is meant for."},
    {.name = "cost",
     .doc = "What everything may cost an hour, such as 100 EUR; pools without a price are free. "
            "Raises under way count as made, and a pool that was never seen as its policy's max. "
            "While a policy waits for room, none of lower priority adds cost in the same tick.",
     .otherwise = "no limit"},
};

}  // namespace

const Table approval{.title = "approval = { ... }",
                     .doc = "Inside guards: a yes is given by tided approve.",
                     .keys = approval_keys};

const Table flapping{.title = "flapping = { ... }",
                     .doc =
                         "Inside guards: after too many turns scale_down waits twice its "
                         "stabilization, at least two minutes, and twice as long with each more.",
                     .keys = flapping_keys};

const Table undo{.title = "undo = { ... }",
                 .doc = "Inside guards: when more replicas do not help but harm.",
                 .keys = undo_keys};

const Table guards{.title = "[policy.NAME.guards]",
                   .doc =
                       "Vetoes on this policy's steps, beside those that always hold. What they "
                       "refuse is told, and asked for again at the next tick.",
                   .keys = guards_keys};

const Table limits{.title = "[daemon.limits]",
                   .doc =
                       "What all policies together may do. Where a limit bites, policies of higher "
                       "priority go first, of equal ones those that scale up. A step goes as far "
                       "as there is room, and on at later ticks.",
                   .keys = limits_keys};

}  // namespace tided::config::tables
