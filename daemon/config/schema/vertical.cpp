// [policy.NAME.vertical]: what is measured of each instance, and how its size follows from it, in
// the words of Kubernetes' VerticalPodAutoscaler. Defaults are those of policy/vpa/settings.h.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr Key estimate_keys[] = {
    {.name = "target_percentile",
     .form = Form::ratio,
     .standard = "0.9",
     .low = "0",
     .high = "1",
     .doc = "Of the usage seen, weighted by age: what the target is made of."},
    {.name = "lower_percentile",
     .form = Form::ratio,
     .standard = "0.5",
     .low = "0",
     .high = "1",
     .doc = "The same for the lower bound: who has less has too little."},
    {.name = "upper_percentile",
     .form = Form::ratio,
     .standard = "0.95",
     .low = "0",
     .high = "1",
     .doc = "The same for the upper bound: who has more has too much."},
    {.name = "half_life",
     .form = Form::duration,
     .standard = "24h",
     .low = "1m",
     .high = "90d",
     .doc = "A sample that old weighs half of a new one."},
};

/// min and max, the first keys of either: all that a container says of itself.
constexpr std::size_t bounds = 2;

constexpr Key cpu_keys[] = {
    {.name = "min",
     .form = Form::quantity,
     .low = "0",
     .high = "100000",
     .doc = "No target or bound is below.",
     .otherwise = "none"},
    {.name = "max",
     .form = Form::quantity,
     .low = "1m",
     .high = "100000",
     .doc = "No target or bound is above.",
     .otherwise = "none"},
    {.name = "pod_min",
     .form = Form::quantity,
     .standard = "25m",
     .low = "0",
     .high = "1000",
     .doc = "The least for all containers of an instance together, shared evenly."},
    {.name = "round",
     .form = Form::quantity,
     .standard = "1m",
     .low = "1m",
     .high = "1000",
     .doc = "Results are rounded up to multiples of it."},
};

constexpr Key memory_keys[] = {
    {.name = "min",
     .form = Form::bytes,
     .high = "100Ti",
     .doc = "No target or bound is below.",
     .otherwise = "none"},
    {.name = "max",
     .form = Form::bytes,
     .low = "1",
     .high = "100Ti",
     .doc = "No target or bound is above.",
     .otherwise = "none"},
    {.name = "pod_min",
     .form = Form::bytes,
     .standard = "250Mi",
     .high = "1Ti",
     .doc = "The least for all containers of an instance together, shared evenly."},
    {.name = "round",
     .form = Form::bytes,
     .standard = "1",
     .low = "1",
     .high = "1Ti",
     .doc = "Results are rounded up to multiples of it."},
    {.name = "window",
     .form = Form::duration,
     .standard = "24h",
     .low = "1h",
     .high = "30d",
     .doc = "Of each container one peak counts per window; after eight windows without a sample "
            "what was known of it is dropped."},
};

constexpr Key sized_container_keys[] = {
    {.name = "name", .need = Need::required, .doc = "Its name, as its label says it."},
    {.name = "mode",
     .form = Form::choice,
     .standard = "auto",
     .choices = "auto off",
     .doc = "off: it is not sized, and leaves its share of pod_min to the others."},
    {.name = "controls",
     .form = Form::texts,
     .choices = "cpu memory",
     .doc = "What of it is sized.",
     .otherwise = "all that is measured"},
    {.name = "cpu",
     .form = Form::table,
     .inner = &sized_cpu,
     .doc = "Its own bounds.",
     .otherwise = "no bounds"},
    {.name = "memory",
     .form = Form::table,
     .inner = &sized_memory,
     .doc = "The same.",
     .otherwise = "no bounds"},
};

constexpr Key vertical_keys[] = {
    {.name = "mode",
     .form = Form::choice,
     .standard = "off",
     .choices = "off",
     .later = "initial in-place in-place-or-recreate recreate",
     .doc = "off: sizes are recommended, and nobody is resized."},
    {.name = "source",
     .need = Need::required,
     .doc = "Name of the [source.NAME] that answers the queries."},
    {.name = "cpu_usage",
     .need = Need::required,
     .doc = "PromQL whose elements are cores in use, one for each container of each instance."},
    {.name = "memory_usage",
     .doc = "The same for bytes in use: the working set.",
     .otherwise = "none: only CPU is sized"},
    {.name = "oom_kills",
     .doc = "PromQL whose elements count the times that a container ran out of memory: an "
            "increase raises its memory.",
     .otherwise = "none: such kills are not known of"},
    {.name = "memory_request",
     .doc = "PromQL whose elements are the bytes that a container had been given when it was "
            "killed.",
     .otherwise = "none: the peak of its usage stands in"},
    {.name = "start_time",
     .doc = "PromQL whose elements are the Unix times at which containers started: CPU used in "
            "the two minutes after it does not count.",
     .otherwise = "none: all CPU counts"},
    {.name = "instance",
     .doc = "The label that tells instances apart.",
     .otherwise = "pod where an element has it, else instance"},
    {.name = "container",
     .standard = "container",
     .doc = "The label that tells an instance's containers apart; an element without it speaks "
            "of one called as the policy."},
    {.name = "interval",
     .form = Form::duration,
     .standard = "1m",
     .low = "1s",
     .high = "1h",
     .doc = "How often usage is sampled. There is full confidence after a day of a sample a "
            "minute."},
    {.name = "cpu",
     .form = Form::table,
     .inner = &vertical_cpu,
     .doc = "How CPU is sized.",
     .otherwise = "its defaults"},
    {.name = "memory",
     .form = Form::table,
     .inner = &vertical_memory,
     .doc = "How memory is sized.",
     .otherwise = "its defaults"},
    {.name = "margin",
     .form = Form::ratio,
     .standard = "15%",
     .low = "0%",
     .high = "1000%",
     .doc = "Added to what the percentiles say."},
    {.name = "sized",
     .form = Form::tables,
     .inner = &sized_container,
     .doc = "Containers that are bounded by themselves, as [[policy.NAME.vertical.sized]] each; "
            "the min and max above do not hold for them.",
     .otherwise = "all are alike"},
    {.name = "joint",
     .form = Form::table,
     .inner = &joint,
     .doc = "Choose how many replicas of which size together.",
     .otherwise = "sizes say nothing of the count"},
    {.name = "timezone",
     .standard = "UTC",
     .doc = "Where it is Saturday or Sunday: rest days and workdays are told apart once there is "
            "confidence in both."},
};

}  // namespace

const Table vertical_estimate{.title = "cpu = { ... }, memory = { ... }",
                              .doc = "Inside vertical: the same for both.",
                              .keys = estimate_keys};

const Table vertical_cpu{.title = "cpu = { ... }",
                         .doc = "Inside vertical: in cores, as \"250m\".",
                         .keys = cpu_keys,
                         .also = &vertical_estimate};

const Table vertical_memory{.title = "memory = { ... }",
                            .doc = "Inside vertical: in bytes, as \"512Mi\".",
                            .keys = memory_keys,
                            .also = &vertical_estimate};

const Table sized_container{.title = "[[policy.NAME.vertical.sized]]",
                            .doc = "One container, as VerticalPodAutoscaler's containerPolicies.",
                            .keys = sized_container_keys};

const Table sized_cpu{.title = "cpu = { ... }",
                      .doc = "Inside vertical.sized: in cores, as \"250m\".",
                      .keys = std::span{cpu_keys}.first(bounds)};

const Table sized_memory{.title = "memory = { ... }",
                         .doc = "Inside vertical.sized: in bytes, as \"512Mi\".",
                         .keys = std::span{memory_keys}.first(bounds)};

const Table vertical{.title = "[policy.NAME.vertical]",
                     .doc = "How much CPU and memory each instance should have; see VERTICAL.",
                     .keys = vertical_keys};

}  // namespace tided::config::tables
