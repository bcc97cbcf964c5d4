// [policy.NAME] in the words of HPA v2.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr std::string_view up_to_an_hour = "1h";

constexpr Key rate_keys[] = {
    {.name = "type",
     .form = Form::choice,
     .need = Need::required,
     .choices = "pods percent",
     .doc = "What value counts: replicas, or percent of the replicas at the start of the period."},
    {.name = "value",
     .form = Form::integer,
     .need = Need::required,
     .low = "1",
     .high = "2147483647",
     .doc = "The largest change within one period."},
    {.name = "period",
     .form = Form::duration,
     .need = Need::required,
     .low = "1s",
     .high = "30m",
     .doc = "The period, sliding."},
};

constexpr Key up_keys[] = {
    {.name = "stabilization",
     .form = Form::duration,
     .standard = "0s",
     .low = "0s",
     .high = up_to_an_hour,
     .doc = "Scale up only to the smallest recommendation of that time."},
    {.name = "select",
     .form = Form::choice,
     .standard = "max",
     .choices = "max min disabled",
     .doc = "Of several policies the one that allows most, or least; disabled forbids scaling up."},
    {.name = "policies",
     .form = Form::tables,
     .inner = &rate,
     .doc = "How fast it may grow.",
     .otherwise = "4 pods per 15s and 100 percent per 15s"},
    {.name = "tolerance",
     .form = Form::ratio,
     .standard = "10%",
     .low = "0%",
     .high = "100%",
     .doc = "A metric no further above its target than this changes nothing."},
};

constexpr Key down_keys[] = {
    {.name = "stabilization",
     .form = Form::duration,
     .standard = "5m",
     .low = "0s",
     .high = up_to_an_hour,
     .doc = "Scale down only to the largest recommendation of that time."},
    {.name = "select",
     .form = Form::choice,
     .standard = "max",
     .choices = "max min disabled",
     .doc = "Of several policies the one that allows most, or least; disabled forbids scaling "
            "down."},
    {.name = "policies",
     .form = Form::tables,
     .inner = &rate,
     .doc = "How fast it may shrink.",
     .otherwise = "100 percent per 15s"},
    {.name = "tolerance",
     .form = Form::ratio,
     .standard = "10%",
     .low = "0%",
     .high = "100%",
     .doc = "A metric no further below its target than this changes nothing."},
};

constexpr Key behavior_keys[] = {
    {.name = "scale_up",
     .form = Form::table,
     .inner = &scale_up,
     .doc = "Rules of growing.",
     .otherwise = "HPA's defaults"},
    {.name = "scale_down",
     .form = Form::table,
     .inner = &scale_down,
     .doc = "Rules of shrinking.",
     .otherwise = "HPA's defaults"},
};

constexpr Key policy_keys[] = {
    {.name = "pool",
     .need = Need::required,
     .doc = "Name of the [pool.NAME] to scale. One policy per pool."},
    {.name = "min",
     .form = Form::integer,
     .standard = "1",
     .low = "0",
     .high = "2147483647",
     .doc = "Fewest replicas; holds even when no metric can be read."},
    {.name = "max",
     .form = Form::integer,
     .need = Need::required,
     .low = "0",
     .high = "2147483647",
     .doc = "Most replicas; holds even when no metric can be read."},
    {.name = "idle",
     .form = Form::integer,
     .low = "0",
     .high = "2147483647",
     .doc = "The count, instead of min, while no metric is above its activate_above; not more than "
            "min. See STRATEGIES.",
     .otherwise = "none: min always holds"},
    {.name = "interval",
     .form = Form::duration,
     .low = "100ms",
     .high = "1h",
     .doc = "Evaluation period.",
     .otherwise = "the daemon's interval"},
    {.name = "mode",
     .form = Form::choice,
     .standard = "act",
     .choices = "dry-run act",
     .doc = "dry-run rehearses this policy alone; act acts only if the daemon's mode is act too."},
    {.name = "profile",
     .form = Form::choice,
     .standard = "default",
     .choices = "default",
     .later = "kubernetes-1.28 kubernetes-1.37",
     .doc = "Which maths decides."},
    {.name = "metric",
     .form = Form::tables,
     .inner = &metric,
     .doc = "What to follow, as [[policy.NAME.metric]] each; the largest proposal wins.",
     .otherwise = "none: the pool is only kept between min and max"},
    {.name = "behavior",
     .form = Form::table,
     .inner = &behavior,
     .doc = "How fast to follow.",
     .otherwise = "HPA's defaults"},
    {.name = "schedule",
     .form = Form::tables,
     .inner = &schedule,
     .doc =
         "When to have more at hand, or fewer, or to leave it alone, as [[policy.NAME.schedule]] "
         "each.",
     .otherwise = "none"},
    {.name = "for_each",
     .form = Form::table,
     .inner = &for_each,
     .doc = "Makes a template of this policy and its pool: both are instantiated once for each "
            "value of a label; see TEMPLATES.",
     .otherwise = "one policy, one pool"},
    {.name = "overrides",
     .form = Form::table_map,
     .inner = &overriding,
     .doc = "With for_each: what is different for single values of the label. A value that does "
            "not exist, or not yet, is no mistake.",
     .otherwise = "all instances are alike"},
};

constexpr Key for_each_keys[] = {
    {.name = "label",
     .need = Need::required,
     .doc = "The label; its name in braces is the placeholder, as {tenant}, in the pool's strings "
            "and within the quotes of the metrics' queries."},
    {.name = "query",
     .need = Need::required,
     .doc = "PromQL whose elements carry the label: each value of it gets an instance."},
    {.name = "source",
     .need = Need::required,
     .doc = "Name of the [source.NAME] that answers it, of type scrape or prometheus."},
    {.name = "max",
     .form = Form::integer,
     .need = Need::required,
     .low = "1",
     .high = "100000",
     .doc = "Most instances. Beyond it those that exist stay; of new values the first in byte "
            "order get an instance, the others a warning."},
    {.name = "grace",
     .form = Form::duration,
     .standard = "10m",
     .low = "1s",
     .high = "90d",
     .doc = "An instance goes when every answer for that long, at least five of them, was fresh, "
            "had elements and lacked its value."},
    {.name = "max_age",
     .form = Form::duration,
     .standard = "2m",
     .low = "100ms",
     .high = "7d",
     .doc = "An answer from older samples is stale: it takes no instance away, and brings none."},
};

constexpr Key overriding_keys[] = {
    {.name = "min",
     .form = Form::integer,
     .low = "0",
     .high = "2147483647",
     .doc = "Fewest replicas.",
     .otherwise = "that of the policy"},
    {.name = "max",
     .form = Form::integer,
     .low = "0",
     .high = "2147483647",
     .doc = "Most replicas.",
     .otherwise = "that of the policy"},
    {.name = "idle",
     .form = Form::integer,
     .low = "0",
     .high = "2147483647",
     .doc = "The count while no metric is above its activate_above.",
     .otherwise = "that of the policy"},
    {.name = "interval",
     .form = Form::duration,
     .low = "100ms",
     .high = "1h",
     .doc = "Evaluation period.",
     .otherwise = "that of the policy"},
    {.name = "mode",
     .form = Form::choice,
     .choices = "dry-run act",
     .doc = "dry-run rehearses this instance alone.",
     .otherwise = "that of the policy"},
    {.name = "metric",
     .form = Form::tables,
     .inner = &overriding_metric,
     .doc = "Metrics of the policy that are judged otherwise, by name.",
     .otherwise = "those of the policy"},
    {.name = "behavior",
     .form = Form::table,
     .inner = &behavior,
     .doc = "Keys of the policy's behavior that are different.",
     .otherwise = "that of the policy"},
};

}  // namespace

const Table rate{.title = "policies = [{ ... }]",
                 .doc = "Inside scale_up and scale_down: at most value pods or percent per period.",
                 .keys = rate_keys};

const Table scale_up{.title = "[policy.NAME.behavior.scale_up]",
                     .doc = "HPA's scaling rules for growing.",
                     .keys = up_keys};

const Table scale_down{.title = "[policy.NAME.behavior.scale_down]",
                       .doc = "HPA's scaling rules for shrinking.",
                       .keys = down_keys};

const Table behavior{
    .title = "[policy.NAME.behavior]", .doc = "Rules per direction.", .keys = behavior_keys};

const Table for_each{.title = "for_each = { ... }",
                     .doc = "Inside a policy: which instances there are.",
                     .keys = for_each_keys};

const Table overriding{.title = "[policy.NAME.overrides.VALUE]",
                       .doc = "What is different for one value of the label of for_each.",
                       .keys = overriding_keys};

const Table policy{.title = "[policy.NAME]",
                   .doc = "Rules over one pool.",
                   .keys = policy_keys,
                   .later = "pools placement vertical forecast"};

}  // namespace tided::config::tables
