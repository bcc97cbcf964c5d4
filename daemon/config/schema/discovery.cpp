// Keys of a scrape source that find its targets, and the rules on what is found.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr Key file_keys[] = {
    {.name = "files",
     .form = Form::text_or_texts,
     .need = Need::required,
     .doc = "Absolute paths that end in .json, .yml or .yaml; the last component may have "
            "wildcards (*). A file that is gone from its directory takes its targets along when a "
            "wildcard named it; one named in full is missed, and its targets stay."},
    {.name = "interval",
     .form = Form::duration,
     .standard = "5m",
     .low = "1s",
     .high = "1d",
     .doc = "The files are read again that often even if no change is noticed, as on network file "
            "systems."},
};

constexpr Key http_sd_keys[] = {
    {.name = "url",
     .form = Form::url,
     .need = Need::required,
     .doc = "Answers with the list, application/json and 200."},
    {.name = "interval",
     .form = Form::duration,
     .standard = "1m",
     .low = "1s",
     .high = "1d",
     .doc = "Time between two requests."},
};

constexpr Key dns_keys[] = {
    {.name = "names",
     .form = Form::text_or_texts,
     .need = Need::required,
     .doc = "Fully qualified names; search domains are not tried. Each is looked up for itself."},
    {.name = "type",
     .form = Form::choice,
     .standard = "SRV",
     .choices = "SRV A AAAA",
     .doc = "Records to ask for."},
    {.name = "port",
     .form = Form::integer,
     .low = "1",
     .high = "65535",
     .doc = "Of targets found as A or AAAA, which need it. SRV records have their own.",
     .otherwise = "none"},
    {.name = "interval",
     .form = Form::duration,
     .standard = "30s",
     .low = "1s",
     .high = "1d",
     .doc = "Time between two questions for a name."},
};

constexpr Key kubernetes_keys[] = {
    {.name = "provider",
     .need = Need::required,
     .doc = "Provider of type kubernetes whose API is asked; its account needs list and watch."},
    {.name = "role",
     .form = Form::choice,
     .standard = "pod",
     .choices = "pod endpoints endpointslice",
     .doc = "Objects whose addresses are targets."},
    {.name = "namespaces",
     .form = Form::text_or_texts,
     .doc = "Where to look.",
     .otherwise = "all namespaces"},
    {.name = "label_selector",
     .doc = "Only objects with these labels, as kubectl takes it.",
     .otherwise = "all"},
    {.name = "field_selector",
     .doc = "Only objects with these fields, such as status.phase=Running.",
     .otherwise = "all"},
};

constexpr Key pool_keys[] = {
    {.name = "pools",
     .form = Form::text_or_texts,
     .need = Need::required,
     .doc = "Pools of this file with provider type process_pool and first_port."},
    {.name = "interval",
     .form = Form::duration,
     .standard = "1s",
     .low = "100ms",
     .high = "1h",
     .doc = "Time between two looks at what the pool has."},
};

constexpr Key relabel_keys[] = {
    {.name = "action",
     .form = Form::choice,
     .standard = "replace",
     .choices = "replace keep drop keepequal dropequal hashmod labelmap labeldrop labelkeep "
                "lowercase uppercase",
     .doc = "What the rule does."},
    {.name = "source_labels",
     .form = Form::text_or_texts,
     .doc = "Labels whose values, joined by separator, are the rule's value.",
     .otherwise = "none: the value is empty"},
    {.name = "separator",
     .form = Form::any_text,
     .standard = ";",
     .doc = "Stands between the values."},
    {.name = "regex",
     .form = Form::any_text,
     .standard = "(.*)",
     .doc = "RE2; must match the whole value, or for labelmap, labeldrop and labelkeep the whole "
            "name of a label."},
    {.name = "target_label",
     .doc = "Label to set or to compare with. For replace, $1, ${1} and ${name} are filled in.",
     .otherwise = "none"},
    {.name = "replacement",
     .form = Form::any_text,
     .standard = "$1",
     .doc = "New value for replace (replacement = \"\" removes the label), new name for labelmap; "
            "$1, ${1} and ${name} are filled in."},
    {.name = "modulus",
     .form = Form::integer,
     .low = "1",
     .doc = "Number of shares for hashmod.",
     .otherwise = "none"},
};

}  // namespace

const Table file_sd{.title = "file_sd = { ... }",
                    .doc =
                        "Inside a scrape source: lists of targets in files, as Prometheus' "
                        "file_sd has them. Changes are noticed at once.",
                    .keys = file_keys};

const Table http_sd{.title = "http_sd = { ... }",
                    .doc =
                        "Inside a scrape source: a list of targets from a server, as "
                        "Prometheus' http_sd has it. Its auth, tls and proxy are its own.",
                    .keys = http_sd_keys,
                    .also = &http};

const Table dns_sd{.title = "dns_sd = { ... }",
                   .doc = "Inside a scrape source: records of a name server.",
                   .keys = dns_keys};

const Table kubernetes_sd{.title = "kubernetes_sd = { ... }",
                          .doc =
                              "Inside a scrape source: pods or endpoints of a Kubernetes "
                              "cluster, listed once and then watched.",
                          .keys = kubernetes_keys};

const Table pool_sd{.title = "pool_sd = { ... }",
                    .doc = "Inside a scrape source: replicas of the daemon's own pools.",
                    .keys = pool_keys};

const Table relabel{.title = "[[source.NAME.relabel]]",
                    .doc =
                        "Inside a scrape source: rules for all its targets, applied in order, "
                        "with Prometheus' meaning.",
                    .keys = relabel_keys};

}  // namespace tided::config::tables
