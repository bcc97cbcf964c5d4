#!/usr/bin/python3
"""The kubernetes provider against the API fake: scaling, zero, custom resources, and every
refusal an API server has. The daemon must end where its policy says, and change nothing that
somebody else changed meanwhile."""

import base64
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import unittest

from harness import FAKES, Case, run_tided

WEB = "/apis/apps/v1/namespaces/prod/deployments/web"


def cluster_toml(page, workload="deployment/prod/web", minimum=1):
    return f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "200ms"
mode = "act"

[source.page]
type = "scrape"
targets = ["127.0.0.1:{page.port}"]

[provider.cluster]
type = "kubernetes"
kubeconfig = "file:@DIR@/kubeconfig"

[pool.web]
provider = "cluster"
workload = "{workload}"
step_timeout = "2s"

[policy.web]
pool = "web"
min = {minimum}
max = 8
guards = {{ flapping = {{ turns = 0 }} }}  # the tests turn it round as fast as they can

[[policy.web.metric]]
name = "load"
query = "sum(load)"
source = "page"
target = {{ average_value = 10 }}
max_age = "2s"

[policy.web.behavior.scale_up]
policies = [{{ type = "pods", value = 100, period = "1s" }}]

[policy.web.behavior.scale_down]
stabilization = "0s"
"""


class ClusterCase(Case):
    """A page with the load and a kubeconfig, for whatever API server."""

    def setUp(self):
        super().setUp()
        self.load = self.page(load=5)

    def file(self, name):
        return os.path.join(self.directory, name)

    def write_kubeconfig(self, cluster, user):
        """Replaced by rename, as whatever rotates credentials does."""
        path = self.file("kubeconfig")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(f"""
apiVersion: v1
kind: Config
current-context: here
contexts: [{{name: here, context: {{cluster: here, user: tided}}}}]
clusters: [{{name: here, cluster: {{{cluster}}}}}]
users: [{{name: tided, user: {{{user}}}}}]
""")
        os.chmod(path + ".new", 0o600)
        os.rename(path + ".new", path)

    def start(self, **options):
        daemon = self.daemon(cluster_toml(self.load, **options)).start()
        self.eventually(lambda: daemon.policy()["current"] is not None, "an observation")
        return daemon

    def reaches(self, daemon, load, replicas, what):
        self.load.values["load"] = load
        self.eventually(lambda: (daemon.policy()["current"], daemon.policy()["ready"]) ==
                        (replicas, replicas), what)


class FakeCase(ClusterCase):
    """With the API fake, which is told what to hold and how to fail."""

    def start_fake(self, *arguments):
        fake = self.program([sys.executable, os.path.join(FAKES, "kubernetes.py"), "--ready-delay",
                             "0.1", *arguments], stdout=subprocess.PIPE, text=True)
        self.port = int(fake.stdout.readline())
        return fake

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)

    def steer(self, what, body=None, method="POST"):
        connection = self.connection()
        try:
            connection.request(method, f"/_fake/{what}", json.dumps(body or {}))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def create(self, plural, name, replicas, group="apps"):
        self.steer("objects", {"group": group, "version": "v1", "plural": plural,
                               "namespace": "prod", "object": {
                                   "metadata": {"name": name},
                                   "spec": {"replicas": replicas,
                                            "selector": {"matchLabels": {"app": name}}}}})

    def fault(self, **what):
        self.steer("faults", what)

    def log(self):
        return self.steer("log", method="GET")


class Kubernetes(FakeCase):
    def setUp(self):
        super().setUp()
        self.start_fake("--token", "t0")
        self.use_token("t0")
        self.create("deployments", "web", 1)

    def use_token(self, token):
        self.write_kubeconfig(f'server: "http://127.0.0.1:{self.port}"', f'token: "{token}"')

    def test_up_down_and_zero(self):
        daemon = self.start(minimum=0)
        self.reaches(daemon, 35, 4, "4 for a load of 35")
        writes = [e for e in self.log() if e["method"] in ("PUT", "PATCH")]
        self.assertEqual(len(writes), 1, "one write does it")
        self.assertIn("resourceVersion", writes[0]["body"], "compare and swap")
        self.reaches(daemon, 0, 0, "none for no load")
        self.reaches(daemon, 11, 2, "and up again from zero")

    def test_other_kinds(self):
        self.create("statefulsets", "web", 1)
        daemon = self.start(workload="statefulset/prod/web")
        self.reaches(daemon, 25, 3, "a StatefulSet, one pod after the other")
        daemon.stop()
        self.steer("resources", {"group": "example.com", "version": "v1", "plural": "fleets",
                                 "kind": "Fleet", "scale": True})
        self.create("fleets", "web", 1, group="example.com")
        self.load.values["load"] = 5
        daemon = self.start(workload="example.com/v1/fleets/prod/web")
        self.reaches(daemon, 25, 3, "a custom resource with a scale subresource")

    def test_passing_refusals_are_overcome(self):
        daemon = self.start()
        for fault in ({"status": 409}, {"status": 429, "retry_after": 1}, {"status": 500},
                      {"status": 500, "after": True}, {"status": 503}, {"reset": True},
                      {"cut": 20}, {"hang": 4}, {"delay": 0.3}):
            with self.subTest(fault=fault):
                target = 2 if daemon.policy()["current"] != 2 else 3
                self.fault(method="PUT", path="/scale$", **fault)
                self.fault(method="PATCH", path="/scale$", **fault)
                self.reaches(daemon, target * 10 - 5, target, f"{target} in spite of {fault}")
                self.steer("faults", method="DELETE")

    def test_reads_that_fail_hold(self):
        daemon = self.start()
        for fault in ({"status": 401}, {"status": 403}, {"status": 404}, {"status": 500},
                      {"cut": 10}, {"reset": True}):
            with self.subTest(fault=fault):
                self.fault(method="GET", path="deployments/web", times=-1, **fault)
                self.eventually(lambda: daemon.get("/api/v1/status")["providers"][0]["last_error"],
                                "the error is shown")
                before = len([e for e in self.log() if e["method"] in ("PUT", "PATCH")])
                self.load.values["load"] = 45
                self.always(lambda: len([e for e in self.log() if e["method"] in
                                         ("PUT", "PATCH")]) == before, "no step while unsure", 0.6)
                self.load.values["load"] = 5
                self.steer("faults", method="DELETE")
                self.eventually(lambda: not daemon.get("/api/v1/status")["providers"][0]
                                ["last_error"], "and goes away")

    def test_forbidden_and_invalid_say_so(self):
        daemon = self.start()
        self.steer("rbac", {"deny": [{"verb": "update", "resource": "deployments/scale"},
                                     {"verb": "patch", "resource": "deployments/scale"}]})
        self.load.values["load"] = 25
        event = self.eventually(lambda: next(
            (e for e in daemon.decisions(policy="web", limit=50)
             if e["kind"] == "step_outcome" and e["outcome"] in ("refused", "failed")), None),
            "a refused step in the journal")
        self.assertIn("forbidden", event["text"].lower())
        self.steer("rbac", {"deny": []})
        self.reaches(daemon, 25, 3, "3 once it is allowed")

    def test_somebody_elses_change_is_seen_and_decided_anew(self):
        daemon = self.start()
        self.reaches(daemon, 25, 3, "3 at first")
        self.steer("scale", {"group": "apps", "version": "v1", "plural": "deployments",
                             "namespace": "prod", "name": "web", "replicas": 7})
        self.reaches(daemon, 25, 3, "3 again after a change by hand")

    def puts(self):
        """Statuses of the writes: 200 carried out, 0 not answered yet or never."""
        return [e["status"] for e in self.log() if e["method"] in ("PUT", "PATCH")]

    def steps(self, daemon):
        """What the state file of a daemon that does not run has of steps: phase and outcome."""
        code, out, err = run_tided("state", "--state", daemon.directory + "/state", "export")
        self.assertEqual(code, 0, err)
        return [(s["phase"], s["outcome"]) for s in json.loads(out)["steps"]]

    def killed_in_a_step(self, failpoint, **fault):
        """One replica, load for four; dead at `failpoint` of that step, then started again."""
        directory = tempfile.mkdtemp(dir=self.directory)
        self.load.values["load"] = 5
        self.steer("scale", {"group": "apps", "version": "v1", "plural": "deployments",
                             "namespace": "prod", "name": "web", "replicas": 1})
        self.steer("faults", method="DELETE")
        if fault:
            self.fault(method="PUT", path="/scale$", **fault)
        daemon = self.daemon(cluster_toml(self.load).replace("@DIR@/kubeconfig",
                                                             self.file("kubeconfig")), directory)
        daemon.start(TIDED_FAILPOINT=failpoint)
        self.eventually(lambda: daemon.policy()["ready"] == 1, "one at first")
        self.steer("log", method="DELETE")
        self.load.values["load"] = 35
        self.assertEqual(daemon.wait(), -signal.SIGKILL, f"dies at {failpoint}")
        return daemon

    def goes_on(self, daemon):
        """Starts it again; the outcomes of the steps, oldest first."""
        daemon.start()
        self.eventually(lambda: (daemon.policy()["current"], daemon.policy()["ready"]) == (4, 4),
                        "four after the restart")
        self.eventually(lambda: daemon.get("/api/v1/status")["open_steps"] == 0, "none open")
        self.always(lambda: daemon.policy()["current"] == 4, "and it stays so", 0.6)
        told = [e for e in daemon.decisions(limit=200) if e["kind"] == "step_outcome"]
        daemon.stop()
        self.assertEqual({phase for phase, _ in self.steps(daemon)}, {"finished"})
        self.assertEqual({(e["from"], e["to"]) for e in told}, {(1, 4)})
        return [e["text"].removeprefix("web: 1 -> 4 ") for e in reversed(told)]

    def test_killed_at_every_failpoint_it_writes_once(self):
        afresh = "refused: a restart cut it short and the pool is at 1: decided afresh"
        for failpoint, steps, puts, outcomes in (
                ("before_intent", [], [], ["done"]),
                ("after_intent", [("intended", "")], [], [afresh, "done"]),
                ("call_sent", [("intended", "")], [200], ["done"]),
                ("answer_read", [("intended", "")], [200], ["done"]),
                ("outcome_written", [("finished", "done")], [200], ["done"])):
            with self.subTest(failpoint=failpoint):
                daemon = self.killed_in_a_step(failpoint)
                self.eventually(lambda p=puts: self.puts() == p, f"writes before the kill: {puts}")
                self.assertEqual(self.steps(daemon), steps)
                self.assertEqual(self.goes_on(daemon), outcomes)
                self.assertEqual(self.puts(), [200], "no second write after one that succeeded")

    def test_killed_after_a_write_that_came_to_nothing(self):
        daemon = self.killed_in_a_step("call_sent", status=500)
        self.eventually(lambda: self.puts() == [500], "the write has failed")
        self.assertIn("decided afresh", self.goes_on(daemon)[0])
        self.assertEqual(self.puts(), [500, 200])

    def test_killed_after_a_write_that_lands_late(self):
        daemon = self.killed_in_a_step("call_sent", delay=5)
        self.assertEqual(self.goes_on(daemon)[-1], "done")
        self.eventually(lambda: 0 not in self.puts(), "the late one is answered")
        self.assertEqual(self.puts(), [409, 200], "it found what had changed meanwhile")

    def test_token_rotation_without_restart(self):
        daemon = self.start()
        self.steer("token", {"token": "t1"})
        self.eventually(lambda: "401" in daemon.get("/api/v1/status")["providers"][0]["last_error"]
                        or "nauthor" in daemon.get("/api/v1/status")["providers"][0]["last_error"]
                        or "redential" in daemon.get("/api/v1/status")["providers"][0]
                        ["last_error"], "the old token is refused")
        self.use_token("t1")
        self.reaches(daemon, 25, 3, "the new token is read")
        self.assertNotIn("t1", [word for line in daemon.log().splitlines()
                                for word in line.split()])


class Tls(FakeCase):
    """The same server behind TLS, and a client certificate instead of a token."""

    def setUp(self):
        super().setUp()
        self.make_certificates()
        self.start_fake("--tls-cert", self.file("server.pem"), "--tls-key",
                        self.file("server.key"), "--client-ca", self.file("ca.pem"))
        self.create("deployments", "web", 1)

    def connection(self):
        context = ssl.create_default_context(cafile=self.file("ca.pem"))
        context.load_cert_chain(self.file("client.pem"), self.file("client.key"))
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=5, context=context)

    def make_certificates(self):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True)
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        with open(self.file("ext"), "w", encoding="utf-8") as ext:
            ext.write("subjectAltName=IP:127.0.0.1\n")
        openssl("req", "-x509", *curve, "-keyout", self.file("ca.key"), "-out",
                self.file("ca.pem"), "-subj", "/CN=test authority", "-days", "2")
        for name in ("server", "client"):
            openssl("req", *curve, "-keyout", self.file(name + ".key"), "-out",
                    self.file(name + ".csr"), "-subj", f"/CN={name}")
            openssl("x509", "-req", "-in", self.file(name + ".csr"), "-CA", self.file("ca.pem"),
                    "-CAkey", self.file("ca.key"), "-CAcreateserial", "-out",
                    self.file(name + ".pem"), "-days", "2", "-extfile", self.file("ext"))

    def data(self, name):
        with open(self.file(name), "rb") as file:
            return base64.b64encode(file.read()).decode()

    def test_client_certificate_and_own_authority(self):
        cluster = (f'server: "https://127.0.0.1:{self.port}", '
                   f"certificate-authority-data: {self.data('ca.pem')}")
        self.write_kubeconfig(cluster, f"client-certificate-data: {self.data('client.pem')}, "
                              f"client-key-data: {self.data('client.key')}")
        daemon = self.start()
        self.reaches(daemon, 25, 3, "3 over TLS")

    def test_an_authority_we_do_not_trust_is_refused(self):
        self.write_kubeconfig(f'server: "https://127.0.0.1:{self.port}"',
                              f"client-certificate-data: {self.data('client.pem')}, "
                              f"client-key-data: {self.data('client.key')}")
        daemon = self.daemon(cluster_toml(self.load)).start()
        self.eventually(lambda: "certificate" in
                        daemon.get("/api/v1/status")["providers"][0]["last_error"],
                        "the error names the certificate")
        self.assertEqual(self.steer("log", method="GET"), [], "nothing was sent")


if __name__ == "__main__":
    unittest.main()
