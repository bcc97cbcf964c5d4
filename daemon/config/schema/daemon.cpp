// [daemon] and [notify.NAME].
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr Key tls_keys[] = {
    {.name = "certificate",
     .form = Form::secret,
     .need = Need::required,
     .doc = "The listener's certificate chain, PEM."},
    {.name = "key", .form = Form::secret, .need = Need::required, .doc = "Its private key, PEM."},
    {.name = "client_ca",
     .form = Form::secret,
     .doc = "Clients must show a certificate signed by one of these authorities, PEM.",
     .otherwise = "clients need no certificate"},
};

constexpr Key auth_keys[] = {
    {.name = "bearer",
     .form = Form::secret,
     .need = Need::required,
     .doc = "Requests must carry it as Authorization: Bearer."},
};

constexpr Key daemon_keys[] = {
    {.name = "listen",
     .form = Form::text_or_texts,
     .standard = "127.0.0.1:9119",
     .doc = "Addresses of /metrics and /api/v1, host:port each; IPv6 in brackets. Orders (reload, "
            "pause, brake and so on) are taken there only with auth or with a client_ca in tls, "
            "else on the "
            "control socket alone. Changes by a restart."},
    {.name = "hosts",
     .form = Form::texts,
     .doc = "Further names that a request's Host header may bear, besides the addresses.",
     .otherwise = "none"},
    {.name = "tls",
     .form = Form::table,
     .inner = &daemon_tls,
     .doc = "TLS of the listener.",
     .otherwise = "plain HTTP"},
    {.name = "auth",
     .form = Form::table,
     .inner = &daemon_auth,
     .doc = "Who may ask the listener.",
     .otherwise = "everybody"},
    {.name = "control_socket",
     .form = Form::path,
     .standard = "/run/tided/control.sock",
     .doc = "Unix socket of tided status, explain and all orders. Changes by a restart."},
    {.name = "interval",
     .form = Form::duration,
     .standard = "5s",
     .low = "100ms",
     .high = "1h",
     .doc = "Evaluation period of every policy, and fetch period of every source, that sets none "
            "of its own."},
    {.name = "mode",
     .form = Form::choice,
     .standard = "dry-run",
     .choices = "dry-run act",
     .doc = "dry-run decides and records everything and changes nothing."},
    {.name = "state",
     .form = Form::path,
     .standard = "/var/lib/tided",
     .doc = "Directory of state and journal. One daemon at a time. Changes by a restart."},
    {.name = "journal_retention",
     .form = Form::duration,
     .standard = "30d",
     .low = "1h",
     .doc = "Journal records older than this are dropped."},
    {.name = "journal_limit",
     .form = Form::integer,
     .standard = "1000000",
     .low = "1000",
     .doc = "The journal keeps at most that many records, the oldest go first."},
    {.name = "shutdown_timeout",
     .form = Form::duration,
     .standard = "20s",
     .low = "1s",
     .high = "1h",
     .doc = "How long steps under way may take to finish, and processes of pools to end, after "
            "SIGTERM: both together. It cuts a longer stop_grace short, and the unit's "
            "TimeoutStopSec (40s) must exceed it by some seconds."},
    {.name = "metric_stale_notice",
     .form = Form::duration,
     .standard = "10m",
     .low = "1s",
     .doc = "A metric that is stale for that long is notified."},
    {.name = "self_partition",
     .form = Form::ratio,
     .standard = "50%",
     .low = "1%",
     .high = "100%",
     .doc = "When more than this share of sources and providers is silent at once, our own network "
            "is at fault: everything is frozen and notified."},
    {.name = "limits",
     .form = Form::table,
     .inner = &limits,
     .doc = "What all policies together may do.",
     .otherwise = "no limit"},
    {.name = "log_level",
     .form = Form::choice,
     .standard = "info",
     .choices = "error warn info debug trace",
     .doc = "The least important lines to log."},
    {.name = "log_file",
     .form = Form::path,
     .doc = "File to log to, opened again on SIGUSR1.",
     .otherwise = "standard error"},
};

constexpr Key notify_keys[] = {
    {.name = "url",
     .form = Form::url,
     .need = Need::required,
     .doc = "Where each event is sent as JSON by POST."},
    {.name = "events",
     .form = Form::texts,
     .choices =
         "action_failed metric_stale metric_fresh source_lost source_back provider_lost "
         "provider_back self_partitioned partition_healed reload_refused clock_jumped state_lost "
         "state_back pool_failing pool_recovered instance_refused braked released "
         "approved schedule_failing schedule_recovered",
     .doc = "Which events to send.",
     .otherwise = "all"},
};

}  // namespace

const Table daemon_tls{.title = "[daemon.tls]", .doc = "TLS of the listener.", .keys = tls_keys};

const Table daemon_auth{
    .title = "[daemon.auth]", .doc = "Who may ask the listener.", .keys = auth_keys};

const Table daemon{.title = "[daemon]",
                   .doc =
                       "What holds for the daemon as a whole. Every key has a default, so the "
                       "table may be left out.",
                   .keys = daemon_keys,
                   .later = "lease shard tracing"};

const Table notify{.title = "[notify.NAME]",
                   .doc = "Where an operator is told what must be known.",
                   .keys = notify_keys,
                   .also = &http};

}  // namespace tided::config::tables
