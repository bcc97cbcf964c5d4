// The rules of a metric other than target: how its number becomes a proposal.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr std::string_view most_replicas = "2147483647";
constexpr std::string_view no_change = "no such change";

/// A change, or a count: in replicas unless the most of it is in percent.
constexpr Key change_of(std::string_view name,
                        std::string_view least,
                        std::string_view doc,
                        std::string_view most = most_replicas) {
    return {.name = name,
            .form = Form::integer,
            .low = least,
            .high = most,
            .doc = doc,
            .otherwise = no_change};
}

constexpr Key add_percent =
    change_of("add_percent",
              "1",
              "How many are added, in percent of the count, rounded up, at least 1.",
              "10000");
constexpr Key remove_percent =
    change_of("remove_percent",
              "1",
              "How many are removed, in percent of the count, rounded up, at least 1.",
              "100");

constexpr Key threshold_keys[] = {
    {.name = "above",
     .form = Form::quantity,
     .doc = "Replicas are added while the metric is greater than this.",
     .otherwise = "none are added"},
    change_of(
        "add", "1", "How many are added; with above exactly one of add, add_percent and up_to."),
    add_percent,
    change_of("up_to", "1", "The count itself, if it is more."),
    {.name = "below",
     .form = Form::quantity,
     .doc = "Replicas are removed while the metric is less than this. Up to above the count stays.",
     .otherwise = "none are removed"},
    change_of(
        "remove",
        "1",
        "How many are removed; with below exactly one of remove, remove_percent and down_to."),
    remove_percent,
    change_of("down_to", "0", "The count itself, if it is less."),
};

constexpr Key band_keys[] = {
    {.name = "from",
     .form = Form::quantity,
     .doc = "The smallest value in the band.",
     .otherwise = "no smallest"},
    {.name = "to",
     .form = Form::quantity,
     .doc = "The smallest value above the band, itself not in it.",
     .otherwise = "no largest"},
    change_of("add", "1", "How many are added; exactly one of this and the following."),
    add_percent,
    change_of("remove", "1", "How many are removed."),
    remove_percent,
    change_of("replicas", "0", "The count itself."),
};

constexpr Key backlog_keys[] = {
    {.name = "per_replica",
     .form = Form::quantity,
     .doc =
         "How much of what waits one replica is good for. With drain_within this holds only while "
         "no rate of a replica is known.",
     .otherwise = "none: drain_within decides"},
    {.name = "drain_within",
     .form = Form::duration,
     .low = "1s",
     .high = "7d",
     .doc = "What waits is to be worked off in that time, beside what arrives.",
     .otherwise = "none: per_replica decides"},
    {.name = "rate",
     .doc = "Name of the metric that says how much all replicas together process a second. Divided "
            "by the ready ones it is what one can do.",
     .otherwise = "none: rate_per_replica holds"},
    {.name = "rate_per_replica",
     .form = Form::quantity,
     .doc = "What one replica can process a second, while nothing was processed yet or none is "
            "ready; and at least so much while some may be idle, for less waits than there are "
            "replicas.",
     .otherwise = "none: rate says it"},
    {.name = "arrivals",
     .doc = "Name of the metric that says how much arrives a second.",
     .otherwise = "none: only what waits counts"},
};

constexpr Key latency_keys[] = {
    {.name = "objective",
     .form = Form::quantity,
     .need = Need::required,
     .doc = "The latency not to be exceeded, in the metric's own unit."},
    {.name = "load",
     .need = Need::required,
     .doc = "Name of the metric that says what all replicas together are asked for."},
    {.name = "curve",
     .form = Form::tables,
     .inner = &latency_point,
     .doc = "Latency by the load of one replica, with straight lines between the points.",
     .otherwise = "learned from what is observed"},
    {.name = "max_error",
     .form = Form::ratio,
     .standard = "20%",
     .low = "1%",
     .high = "100%",
     .doc = "A learned curve that errs by more is not used; the ratio of latency and objective is "
            "followed instead, in bounded steps."},
};

constexpr Key latency_point_keys[] = {
    {.name = "load",
     .form = Form::quantity,
     .need = Need::required,
     .doc = "Of one replica; greater than that of the point before."},
    {.name = "latency",
     .form = Form::quantity,
     .need = Need::required,
     .doc = "In the metric's own unit; not less than that of the point before."},
};

}  // namespace

const Table threshold{.title = "threshold = { ... }",
                      .doc = "Inside a metric: change the count while the metric is out of bounds.",
                      .keys = threshold_keys};

const Table band{
    .title = "steps = [{ ... }]",
    .doc =
        "Inside a metric: one band of its values, and what to do to the count in it. No value "
        "may be in two bands.",
    .keys = band_keys};

const Table backlog{.title = "backlog = { ... }",
                    .doc = "Inside a metric that says how much waits: work it off.",
                    .keys = backlog_keys};

const Table latency{.title = "latency = { ... }",
                    .doc =
                        "Inside a metric that is a latency: hold it under an objective by a "
                        "model of how it depends on load.",
                    .keys = latency_keys};

const Table latency_point{.title = "curve = [{ ... }]",
                          .doc = "Inside latency: one point of the curve.",
                          .keys = latency_point_keys};

}  // namespace tided::config::tables
