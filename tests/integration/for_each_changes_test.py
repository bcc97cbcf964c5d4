#!/usr/bin/python3
"""for_each: what changes of the policy file, of templates and of many values at once must not do:
end a process, leave a value without an instance, or lose what the others know."""

import os
import signal
import sys
import unittest

from harness import FAKES, Case, Page, http_get, run_tided
from kubernetes_test import FakeCase

sys.path.insert(0, FAKES)
from prometheus import FakePrometheus  # noqa: E402

# More than come with one hearing; a sanitized daemon takes its time to start a program for each.
MANY = 210 if any(word in os.environ.get("TIDED_BUILD", "") for word in ("asan", "tsan")) else 450

HEAD = """
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "500ms"
mode = "act"
"""


def prometheus_toml(port):
    return f"""
[source.prom]
type = "prometheus"
url = "http://127.0.0.1:{port}"
interval = "500ms"
timeout = "400ms"
"""


def page_toml(name, page):
    return f"""
[source.{name}]
type = "scrape"
interval = "500ms"
timeout = "400ms"
targets = ["127.0.0.1:{page.port}"]
"""


def template(name, source, query, *, label="tenant", extra=""):
    return f"""
[policy.{name}]
pool = "{name}"
max = 9
for_each = {{ label = "{label}", query = '{query}', source = "{source}", max = 900, grace = "2s" }}
{extra}
"""


SCRIPTS = """
[provider.scripts]
type = "exec"
[pool.t]
provider = "scripts"
observe = ["/bin/echo", '{"replicas": 1}', "{tenant}"]
apply = ["/bin/true"]
"""

RPS = """
[[policy.workers.metric]]
name = "rps"
query = 'sum(x{tenant="{LABEL}"})'
source = "prom"
target = { average_value = 10 }
"""


class Workers(Case):
    """Kept processes outlive their instances."""

    def workers(self, *, label="tenant", directory=""):
        return HEAD + prometheus_toml(self.prom.port) + f"""
[provider.here]
type = "process_pool"
[pool.workers]
provider = "here"
command = ["/bin/sleep", "100000{{index}}"]
environment = {{ TIDED_TEST = "@DIR@", WHO = "{{{label}}}" }}
keep = true
{directory}
""" + template("workers", "prom", "count by (tenant) (x)", label=label,
               extra=RPS.replace("LABEL", label))

    def setUp(self):
        super().setUp()
        self.prom = FakePrometheus(number=lambda tenant: 25.0)
        self.addCleanup(self.prom.close)
        self.prom.listed = ["a", "b/c"]

    def start(self):
        daemon = self.daemon(self.workers()).start()
        self.addCleanup(lambda: [os.kill(pid, signal.SIGKILL) for pid in daemon.children()])
        self.eventually(lambda: len(daemon.children()) == 6, "three workers each")
        return daemon

    def names(self, daemon):
        return [policy["name"] for policy in daemon.get("/api/v1/policies")["policies"]]

    def test_a_file_that_leaves_a_value_no_place_ends_nothing(self):
        daemon = self.start()
        daemon.write(self.workers(directory='directory = "/tmp/{tenant}/.."'))
        before = set(daemon.children())
        self.assertEqual(daemon.cli("reload")[0], 0)
        self.eventually(lambda: "workers[tenant=b%2Fc]: goes, for by the new policy file there is "
                        "no instance for tenant \"b/c\": 'directory' wants the name of a directory,"
                        " without '/'; its pool stays as it is" in daemon.log(), "it is told")
        self.assertEqual(self.names(daemon), ["workers[tenant=a]"])
        self.always(lambda: len(before & set(daemon.children())) >= 3, "its workers live", 3)

    def test_another_label_ends_nothing(self):
        daemon = self.start()
        before = set(daemon.children())
        self.prom.listed = []
        daemon.write(self.workers(label="customer"))
        self.assertEqual(daemon.cli("reload")[0], 0)
        self.assertIn("workers: 2 instances by tenant go, for the new policy file has no such "
                      "template; their pools stay as they are", daemon.log())
        self.always(lambda: set(daemon.children()) == before, "all workers live", 3)


class Changes(FakeCase):
    def names(self, daemon):
        return [policy["name"] for policy in daemon.get("/api/v1/policies")["policies"]]

    def test_a_value_that_moves_to_another_template_is_taken_over(self):
        self.start_fake("--token", "t0")
        self.write_kubeconfig(f'server: "http://127.0.0.1:{self.port}"', 'token: "t0"')
        gold, silver = Page({'gold{tenant="g"}': 1}), Page({'silver{tenant="m"}': 1})
        for page in (gold, silver):
            self.addCleanup(page.close)
        toml = (HEAD + page_toml("gold", gold) + page_toml("silver", silver) + """
[provider.cluster]
type = "kubernetes"
kubeconfig = "file:@DIR@/kubeconfig"
""" + "".join(f"""
[pool.{name}]
provider = "cluster"
workload = "deployment/{{tenant}}/web"
""" + template(name, name, f"count by (tenant) ({name})") for name in ("gold", "silver")))
        daemon = self.daemon(toml).start()
        self.eventually(lambda: self.names(daemon) == ["gold[tenant=g]", "silver[tenant=m]"],
                        "one each")
        gold.values['gold{tenant="m"}'] = 1
        silver.values = {'silver{tenant="s"}': 1}
        self.eventually(lambda: self.names(daemon) ==
                        ["gold[tenant=g]", "gold[tenant=m]", "silver[tenant=s]"], "m has moved")
        daemon.write(toml.split("[source.gold]")[0])
        self.assertEqual(daemon.cli("reload")[0], 0)
        self.assertNotIn("tenant=", http_get(daemon.api, "/metrics")[1])

    def test_once_evaluates_all_and_remembers_them(self):
        page = Page({f'x{{tenant="t{i:03}"}}': 1 for i in range(MANY)})
        self.addCleanup(page.close)
        daemon = self.daemon(HEAD + page_toml("page", page) + SCRIPTS +
                             template("t", "page", "count by (tenant) (x)"))
        status, out, err = run_tided("run", "--once", "--config", daemon.config)
        self.assertEqual((status, len(out.splitlines())), (0, MANY), err)
        page.close()
        daemon.start()
        self.eventually(lambda: daemon.metrics()['tided_template_instances{policy="t"}'] == MANY,
                        "all of them though nobody lists them", 60)

    def test_newcomers_leave_the_readings_of_others_as_they_are(self):
        page = Page({'x{tenant="a"}': 1, "req_total": 0})
        self.addCleanup(page.close)
        metric = """
[pool.{0}]
provider = "scripts"
observe = ["/bin/echo", '{{"replicas": 1}}', "{0}"]
apply = ["/bin/true"]
[policy.{0}]
pool = "{0}"
max = 3
[[policy.{0}.metric]]
name = "rps"
query = "rate(req_total[3s])"
source = "page"
target = {{ average_value = 10 }}
max_age = "{1}"
"""
        daemon = self.daemon(HEAD + page_toml("page", page) + SCRIPTS +
                             template("t", "page", "count by (tenant) (x)") +
                             metric.format("p", "10s") + metric.format("q", "20s")).start()

        def fresh():
            return [daemon.policy(name)["metrics"][0]["freshness"] for name in "pq"]

        self.eventually(lambda: fresh() == ["fresh", "fresh"], "a rate")
        for tenant in "bcd":
            page.values[f'x{{tenant="{tenant}"}}'] = 1
            self.eventually(lambda tenant=tenant: f"t[tenant={tenant}]" in self.names(daemon),
                            tenant)
            self.always(lambda: fresh() == ["fresh", "fresh"], "both rates", 1.5)


if __name__ == "__main__":
    unittest.main()
