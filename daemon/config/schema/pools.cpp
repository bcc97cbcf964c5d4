// [pool.NAME]: scalable sets; which keys hold depends on the type of the provider.
#include "daemon/config/schema/tables.h"

namespace tided::config::tables {
namespace {

constexpr Key pool_keys[] = {
    {.name = "provider",
     .need = Need::required,
     .doc = "Name of the [provider.NAME] the pool lives at."},
    {.name = "capacity",
     .form = Form::number,
     .standard = "1",
     .low = "0.000001",
     .high = "1000000",
     .doc = "Units of work per replica, for placement."},
    {.name = "observe_interval",
     .form = Form::duration,
     .low = "100ms",
     .high = "1h",
     .doc = "Time between two counts of its replicas; after one that failed 30 s at most.",
     .otherwise = "the interval of its policy"},
    {.name = "step_timeout",
     .form = Form::duration,
     .standard = "30s",
     .low = "1s",
     .high = "1h",
     .doc = "A step that takes longer, pending included, has failed and is observed anew."},
};

constexpr Key process_keys[] = {
    {.name = "command",
     .form = Form::texts,
     .need = Need::required,
     .doc = "Program and arguments; no shell. {index} and {port} are filled in here and in "
            "environment, directory and probe. After a reload that changes command, environment, "
            "directory or keep the processes are replaced one by one, each when all others are "
            "ready; a changed first_port replaces all at once."},
    {.name = "environment",
     .form = Form::map,
     .doc = "The whole environment of each process; nothing of the daemon's own is passed on. "
            "TIDED_CHILD is added: the mark by which a later start knows its own processes.",
     .otherwise = "empty"},
    {.name = "directory", .form = Form::path, .standard = "/", .doc = "Working directory."},
    {.name = "first_port",
     .form = Form::integer,
     .low = "1",
     .high = "65535",
     .doc = "{port} is this plus {index}.",
     .otherwise = "{port} may not be used"},
    {.name = "probe",
     .doc = "When a process counts as ready: http://HOST:PORT/PATH answers 2xx, or tcp://HOST:PORT "
            "accepts.",
     .otherwise = "ready as soon as it runs"},
    {.name = "probe_timeout",
     .form = Form::duration,
     .standard = "2s",
     .low = "10ms",
     .high = "1m",
     .doc = "A probe that takes longer has failed."},
    {.name = "start_timeout",
     .form = Form::duration,
     .standard = "30s",
     .low = "100ms",
     .high = "1h",
     .doc = "A process not ready by then is killed and started again."},
    {.name = "stop_signal",
     .form = Form::choice,
     .standard = "SIGTERM",
     .choices = "SIGTERM SIGINT SIGHUP SIGQUIT SIGKILL SIGUSR1 SIGUSR2",
     .doc = "Asks a process to end."},
    {.name = "stop_grace",
     .form = Form::duration,
     .standard = "10s",
     .high = "1h",
     .doc =
         "A process that still runs after this is killed. When the daemon stops, the process gets "
         "no longer than what is left of shutdown_timeout: raise both together."},
    {.name = "restart_delay",
     .form = Form::duration,
     .standard = "1s",
     .high = "1h",
     .doc = "Wait before a crashed process is started again; doubles with each crash in a row."},
    {.name = "restart_delay_max",
     .form = Form::duration,
     .standard = "1m",
     .high = "1h",
     .doc = "The longest such wait."},
    {.name = "initial",
     .form = Form::integer,
     .standard = "0",
     .low = "0",
     .high = "10000",
     .doc = "How many to start when the daemon finds none; in dry-run it counts these, and starts "
            "none."},
    {.name = "keep",
     .form = Form::boolean,
     .standard = "false",
     .doc = "Processes survive the daemon and are adopted by the next one; they end when a reload "
            "takes the pool out of the file. Their output goes to the daemon's standard error as "
            "it is, without the pool's name."},
};

constexpr Key exec_keys[] = {
    {.name = "observe",
     .form = Form::texts,
     .need = Need::required,
     .doc = "Program and arguments that print how many there are; no shell."},
    {.name = "apply",
     .form = Form::texts,
     .need = Need::required,
     .doc = "Program and arguments that make it so many; no shell."},
    {.name = "environment",
     .form = Form::map,
     .doc = "The whole environment of both; nothing of the daemon's own is passed on.",
     .otherwise = "empty"},
    {.name = "directory", .form = Form::path, .standard = "/", .doc = "Working directory of both."},
    {.name = "output_limit",
     .form = Form::bytes,
     .standard = "64Ki",
     .low = "64",
     .high = "16Mi",
     .doc = "A program that prints more has failed and is killed."},
};

constexpr Key kubernetes_keys[] = {
    {.name = "workload",
     .need = Need::required,
     .doc = "What to scale: deployment/NAMESPACE/NAME (or statefulset, replicaset, "
            "replicationcontroller), or GROUP/VERSION/PLURAL/NAMESPACE/NAME for anything else with "
            "a scale subresource."},
};

}  // namespace

const Table pool{.title = "[pool.NAME]",
                 .doc =
                     "A scalable set at one provider. The provider's type decides which "
                     "further keys there are.",
                 .keys = pool_keys};

const Table pool_process{.title = "[pool.NAME] at a process_pool provider",
                         .doc =
                             "The daemon keeps as many copies of one command running as the "
                             "policy wants.",
                         .keys = process_keys,
                         .also = &pool};

const Table pool_exec{.title = "[pool.NAME] at an exec provider",
                      .doc = "Programs of yours do the work; see EXEC PROTOCOL.",
                      .keys = exec_keys,
                      .also = &pool};

const Table pool_kubernetes{.title = "[pool.NAME] at a kubernetes provider",
                            .doc = "Any resource with a scale subresource.",
                            .keys = kubernetes_keys,
                            .also = &pool};

}  // namespace tided::config::tables
