// [source.NAME]: where metrics come from.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr std::string_view types = "scrape prometheus";
constexpr std::string_view later_types = "kubernetes_metrics";

constexpr Key scrape_keys[] = {
    {.name = "type",
     .form = Form::choice,
     .need = Need::required,
     .choices = types,
     .later = later_types,
     .doc = "scrape: the daemon reads exposition pages itself, no Prometheus server is needed."},
    {.name = "targets",
     .form = Form::texts,
     .need = Need::required,
     .doc = "What to scrape, host:port each (IPv6 in brackets) or a full URL."},
    {.name = "interval",
     .form = Form::duration,
     .low = "100ms",
     .high = "1h",
     .doc = "Time between two scrapes of a target.",
     .otherwise = "the daemon's interval"},
    {.name = "timeout",
     .form = Form::duration,
     .low = "10ms",
     .high = "10m",
     .doc = "A scrape that takes longer has failed. At most the interval.",
     .otherwise = "3s, or the interval if that is shorter"},
    {.name = "scheme",
     .form = Form::choice,
     .standard = "http",
     .choices = "http https",
     .doc = "Of targets that are no full URL."},
    {.name = "metrics_path", .standard = "/metrics", .doc = "Of targets that are no full URL."},
    {.name = "labels",
     .form = Form::map,
     .doc = "Labels put on every series of the source.",
     .otherwise = "none"},
    {.name = "honor_labels",
     .form = Form::boolean,
     .standard = "false",
     .doc = "Where a page has a label that we would add, the page's wins."},
    {.name = "honor_timestamps",
     .form = Form::boolean,
     .standard = "true",
     .doc = "Use time stamps that stand in a page."},
    {.name = "sample_limit",
     .form = Form::integer,
     .standard = "500000",
     .low = "1",
     .high = "100000000",
     .doc = "A page with more samples is refused whole."},
    {.name = "series_limit",
     .form = Form::integer,
     .standard = "1000000",
     .low = "1",
     .high = "100000000",
     .doc = "Series kept of the whole source; a page that would exceed it is refused whole."},
    {.name = "promql",
     .form = Form::choice,
     .standard = "3",
     .choices = "2 3",
     .doc = "Whose PromQL queries are written in: that of Prometheus 2.42 or of 3.x. See "
            "EXPRESSIONS."},
};

constexpr Key prometheus_keys[] = {
    {.name = "type",
     .form = Form::choice,
     .need = Need::required,
     .choices = types,
     .later = later_types,
     .doc = "prometheus: instant queries against the HTTP API of a Prometheus server, or of what "
            "speaks like one (Thanos, Mimir, VictoriaMetrics)."},
    {.name = "url",
     .form = Form::url,
     .need = Need::required,
     .doc = "Base of the API, without /api/v1."},
    {.name = "interval",
     .form = Form::duration,
     .low = "100ms",
     .high = "1h",
     .doc = "Time between two runs of a query.",
     .otherwise = "the daemon's interval"},
    {.name = "timeout",
     .form = Form::duration,
     .low = "10ms",
     .high = "10m",
     .doc = "A query that takes longer has failed. At most the interval.",
     .otherwise = "3s, or the interval if that is shorter"},
    {.name = "promql",
     .form = Form::choice,
     .standard = "3",
     .choices = "2 3",
     .doc = "The line of the server: 2.x or 3.x."},
};

}  // namespace

const Table scrape{.title = "[source.NAME] with type = \"scrape\"",
                   .doc = "Exposition pages (text 0.0.4 or OpenMetrics 1.0) over HTTP.",
                   .keys = scrape_keys,
                   .also = &http,
                   .later = "file_sd http_sd dns_sd kubernetes_sd relabel protocols"};

const Table prometheus{.title = "[source.NAME] with type = \"prometheus\"",
                       .doc = "A Prometheus server that already scrapes.",
                       .keys = prometheus_keys,
                       .also = &http,
                       .later = "provider"};

}  // namespace tided::config::tables
