// [provider.NAME]: accounts and endpoints with their facts.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr Key facts_keys[] = {
    {.name = "country",
     .doc = "Where it runs, as two capital letters (ISO 3166).",
     .otherwise = "not known"},
    {.name = "hds",
     .form = Form::boolean,
     .standard = "false",
     .doc = "Certified to host French health data."},
    {.name = "secnumcloud",
     .form = Form::boolean,
     .standard = "false",
     .doc = "Qualified SecNumCloud."},
    {.name = "price_per_hour",
     .doc = "Of one unit of capacity: an amount and a currency, such as 0.08 EUR.",
     .otherwise = "not known"},
};

constexpr Key provider_keys[] = {
    {.name = "type",
     .form = Form::choice,
     .need = Need::required,
     .choices = "process_pool exec kubernetes",
     .later = "scaleway outscale ovh openstack vsphere systemd_unit container_engine docker podman "
              "gitlab webhook consul",
     .doc = "process_pool: copies of a command on this host. exec: your own programs observe and "
            "apply. kubernetes: anything with a scale subresource. The first two run programs and "
            "are refused by the shipped service until workers.conf allows them."},
    {.name = "facts",
     .form = Form::table,
     .inner = &facts,
     .doc = "What is true of the provider, for placement and money.",
     .otherwise = "nothing is known"},
};

constexpr Key kubernetes_keys[] = {
    {.name = "kubeconfig",
     .form = Form::secret,
     .doc = "The kubeconfig, YAML. Exactly one of kubeconfig and in_cluster.",
     .otherwise = "none"},
    {.name = "context", .doc = "Context of the kubeconfig.", .otherwise = "its current-context"},
    {.name = "in_cluster",
     .form = Form::boolean,
     .standard = "false",
     .doc = "Use the account of the pod that the daemon runs in."},
    {.name = "proxy", .doc = "As for every HTTP peer.", .otherwise = "none"},
    {.name = "no_proxy",
     .form = Form::texts,
     .doc = "As for every HTTP peer.",
     .otherwise = "none"},
    {.name = "body_limit",
     .form = Form::bytes,
     .standard = "64Mi",
     .low = "1Ki",
     .high = "1Gi",
     .doc = "As for every HTTP peer."},
    {.name = "compression",
     .form = Form::boolean,
     .standard = "true",
     .doc = "As for every HTTP peer."},
};

}  // namespace

const Table facts{.title = "facts = { ... }", .doc = "Inside a provider.", .keys = facts_keys};

const Table provider{.title = "[provider.NAME]",
                     .doc = "An account or endpoint that pools live at.",
                     .keys = provider_keys,
                     .later = "auth region zone project"};

const Table provider_kubernetes{.title = "[provider.NAME] with type = \"kubernetes\"",
                                .doc = "A Kubernetes API server.",
                                .keys = kubernetes_keys,
                                .also = &provider,
                                .later = "auth region"};

}  // namespace tided::config::tables
