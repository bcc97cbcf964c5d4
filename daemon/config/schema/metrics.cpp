// [[policy.NAME.metric]]: what is read or computed, and what of the same an instance may change.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr Key target_keys[] = {
    {.name = "value",
     .form = Form::quantity,
     .doc = "Level of the metric as it is; the replicas follow its ratio to this.",
     .otherwise = "none"},
    {.name = "average_value",
     .form = Form::quantity,
     .doc = "Level of the metric divided by the number of replicas.",
     .otherwise = "none"},
};

constexpr Key metric_keys[] = {
    {.name = "name",
     .need = Need::required,
     .doc = "Unique within the policy: labels, reasons and tided step use it. Letters, digits and "
            "_, the first no digit."},
    {.name = "type",
     .form = Form::choice,
     .standard = "external",
     .choices = "external object",
     .later = "resource container_resource pods",
     .doc = "external, object: the value of a query, which is all that tells them apart; a "
            "Kubernetes profile names its conditions by it."},
    {.name = "query",
     .doc = "PromQL that gives one number; see EXPRESSIONS for what a scrape source evaluates. A "
            "prometheus source evaluates all that its server knows.",
     .otherwise = "none: formula computes the metric"},
    {.name = "source",
     .doc = "Name of the [source.NAME] that answers the query, which needs one.",
     .otherwise = "none: formula computes the metric"},
    {.name = "fallback_source",
     .doc = "Name of the source that is asked when the first has no fresh answer, not even one of "
            "some of its targets.",
     .otherwise = "none"},
    {.name = "formula",
     .doc = "In place of query: computed from other metrics of the policy; see FORMULAS.",
     .otherwise = "none: query is asked"},
    {.name = "target",
     .form = Form::table,
     .inner = &target,
     .doc = "The level to hold. A metric has one of this and the six that follow; without any it "
            "is read for a formula, backlog or latency that names it. See STRATEGIES.",
     .otherwise = "none"},
    {.name = "threshold",
     .form = Form::table,
     .inner = &threshold,
     .doc = "Change the count while the metric is out of bounds.",
     .otherwise = "none"},
    {.name = "steps",
     .form = Form::tables,
     .inner = &band,
     .doc = "Change the count by the band that the metric is in.",
     .otherwise = "none"},
    {.name = "backlog",
     .form = Form::table,
     .inner = &backlog,
     .doc = "The metric says how much waits: work it off.",
     .otherwise = "none"},
    {.name = "latency",
     .form = Form::table,
     .inner = &latency,
     .doc = "The metric is a latency: hold it under an objective.",
     .otherwise = "none"},
    {.name = "pass_through",
     .form = Form::boolean,
     .standard = "false",
     .doc = "The metric is the count itself, rounded up."},
    {.name = "capacity",
     .form = Form::quantity,
     .doc =
         "How much of the metric one replica carries within its objective. How much beyond it is "
         "kept, and for how long, is learned.",
     .otherwise = "none"},
    {.name = "cooldown",
     .form = Form::duration,
     .standard = "1m",
     .low = "1s",
     .high = "1h",
     .doc = "With threshold, steps and latency: what a step changed is part of the next one for so "
            "long, for "
            "the metric may not show it yet."},
    {.name = "fallback",
     .form = Form::table,
     .inner = &fallback,
     .doc = "What to do once it has been silent for long.",
     .otherwise = "the count is kept"},
    {.name = "activate_above",
     .form = Form::quantity,
     .low = "0",
     .doc = "The metric wakes the pool only when it is greater than this; see STRATEGIES.",
     .otherwise = "0 where the policy has idle, else none"},
    {.name = "max_age",
     .form = Form::duration,
     .standard = "30s",
     .low = "100ms",
     .high = "7d",
     .doc = "Older samples are stale: they are shown, and permit no scaling down."},
};

constexpr Key overriding_metric_keys[] = {
    {.name = "name", .need = Need::required, .doc = "Name of the metric in the policy."},
    {.name = "target",
     .form = Form::table,
     .inner = &target,
     .doc = "Another level to hold.",
     .otherwise = "that of the policy"},
    {.name = "threshold",
     .form = Form::table,
     .inner = &threshold,
     .doc = "Other bounds.",
     .otherwise = "that of the policy"},
    {.name = "steps",
     .form = Form::tables,
     .inner = &band,
     .doc = "Other bands.",
     .otherwise = "that of the policy"},
    {.name = "backlog",
     .form = Form::table,
     .inner = &backlog,
     .doc = "Another way to work it off.",
     .otherwise = "that of the policy"},
    {.name = "latency",
     .form = Form::table,
     .inner = &latency,
     .doc = "Another objective.",
     .otherwise = "that of the policy"},
    {.name = "capacity",
     .form = Form::quantity,
     .doc = "Another capacity.",
     .otherwise = "that of the policy"},
    {.name = "cooldown",
     .form = Form::duration,
     .low = "1s",
     .high = "1h",
     .doc = "Another cool-down.",
     .otherwise = "that of the policy"},
    {.name = "activate_above",
     .form = Form::quantity,
     .low = "0",
     .doc = "Another activation threshold.",
     .otherwise = "that of the policy"},
    {.name = "max_age",
     .form = Form::duration,
     .low = "100ms",
     .high = "7d",
     .doc = "Another age.",
     .otherwise = "that of the policy"},
};

constexpr Key fallback_keys[] = {
    {.name = "replicas",
     .form = Form::integer,
     .need = Need::required,
     .low = "0",
     .high = "2147483647",
     .doc = "At least so many, which are known to be enough. It never lowers the count."},
    {.name = "after",
     .form = Form::duration,
     .standard = "3m",
     .low = "0s",
     .high = "1d",
     .doc = "When neither source has had a usable value for that long."},
};

}  // namespace

const Table target{.title = "target = { ... }",
                   .doc = "Inside a metric: exactly one of the two.",
                   .keys = target_keys,
                   .later = "utilization"};

const Table fallback{.title = "fallback = { ... }",
                     .doc = "Inside a metric: the last rung but keeping the count.",
                     .keys = fallback_keys};

const Table metric{.title = "[[policy.NAME.metric]]",
                   .doc = "One metric that the policy follows.",
                   .keys = metric_keys,
                   .later = "resource container metric selector object"};

const Table overriding_metric{.title = "[[policy.NAME.overrides.VALUE.metric]]",
                              .doc = "One metric of an instance.",
                              .keys = overriding_metric_keys};

}  // namespace tided::config::tables
