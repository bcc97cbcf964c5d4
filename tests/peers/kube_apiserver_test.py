#!/usr/bin/python3
"""The kubernetes provider against the real API server: what it stores, refuses and forgets."""

import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../integration"))

from api_server import ApiServer, Refused  # noqa: E402
from harness import free_ports  # noqa: E402
from kubernetes_test import ClusterCase  # noqa: E402

DEPLOYMENTS = "/apis/apps/v1/namespaces/prod/deployments"
FLEETS = "/apis/example.com/v1/namespaces/prod/fleets"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/namespaces/prod/rolebindings"


def deployment(replicas):
    labels = {"app": "web"}
    return {"metadata": {"name": "web"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels},
                                  "spec": {"containers": [{"name": "web", "image": "web"}]}}}}


FLEET_KIND = {
    "metadata": {"name": "fleets.example.com"},
    "spec": {"group": "example.com", "scope": "Namespaced",
             "names": {"plural": "fleets", "singular": "fleet", "kind": "Fleet"},
             "versions": [{
                 "name": "v1", "served": True, "storage": True,
                 "subresources": {"status": {}, "scale": {
                     "specReplicasPath": ".spec.replicas",
                     "statusReplicasPath": ".status.replicas",
                     "labelSelectorPath": ".status.selector"}},
                 "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                     "spec": {"type": "object", "properties": {
                         "replicas": {"type": "integer", "maximum": 5}}},
                     "status": {"type": "object", "properties": {
                         "replicas": {"type": "integer"},
                         "selector": {"type": "string"}}}}}}}]}}


class ApiServerCase(ClusterCase):
    """With a real API server, the shipped role, and a Deployment that a controller looks after."""

    @classmethod
    def setUpClass(cls):
        cls.server = ApiServer(free_ports(3))
        cls.addClassCleanup(cls.server.close)
        cls.server.call("POST", "/api/v1/namespaces", {"metadata": {"name": "prod"}})
        cls.server.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                        FLEET_KIND)
        cls.token = cls.server.grant()

    def setUp(self):
        super().setUp()
        self.use_token(self.token)
        self.create(DEPLOYMENTS, deployment(1))
        self.watched = [DEPLOYMENTS]
        self.ending = threading.Event()
        controller = threading.Thread(target=self.controller)
        controller.start()
        self.addCleanup(controller.join)
        self.addCleanup(self.ending.set)

    def create(self, path, body):
        self.eventually(lambda: self.server.call("POST", path, body), f"{path} takes objects")
        self.addCleanup(self.remove, path + "/" + body["metadata"]["name"])

    def remove(self, path):
        try:
            self.server.call("DELETE", path)
        except Refused as refusal:
            self.assertEqual(refusal.status, 404)

    def controller(self):
        """The status of each workload follows its spec, as with instant pods."""
        while not self.ending.wait(0.05):
            for path in self.watched:
                try:
                    seen = self.server.call("GET", path + "/web")
                    wanted = seen["spec"].get("replicas", 0)
                    status = {"replicas": wanted}
                    if path == DEPLOYMENTS:
                        status.update(readyReplicas=wanted, availableReplicas=wanted)
                    if seen.get("status", {}).get("replicas", 0) != wanted:
                        self.server.call("PATCH", path + "/web/status", {"status": status},
                                         kind="application/merge-patch+json")
                except (Refused, OSError, KeyError):
                    pass  # gone, or the server is: the next round looks again

    def use_token(self, token):
        self.write_kubeconfig(f'server: "https://127.0.0.1:{self.server.port}", '
                              f'certificate-authority: {self.server.authority}',
                              f'token: "{token}"')

    def last_error(self, daemon):
        return daemon.get("/api/v1/status")["providers"][0]["last_error"] or ""

    def spec(self, path=DEPLOYMENTS):
        return self.server.call("GET", path + "/web")["spec"]["replicas"]


class RealApiServer(ApiServerCase):
    def test_up_down_and_zero_with_the_shipped_role(self):
        daemon = self.start(minimum=0)
        self.reaches(daemon, 35, 4, "4 for a load of 35")
        self.assertEqual(self.spec(), 4)
        fields = self.server.call("GET", DEPLOYMENTS + "/web")["metadata"]["managedFields"]
        ours = [entry for entry in fields if entry["manager"] == "tided"]
        self.assertEqual([entry.get("subresource") for entry in ours], ["scale"],
                         "tided owns the replicas through the scale subresource, nothing else")
        self.reaches(daemon, 0, 0, "none for no load")
        self.reaches(daemon, 11, 2, "and up again from zero")

    def test_a_change_by_hand_is_decided_anew(self):
        daemon = self.start()
        self.reaches(daemon, 25, 3, "3 at first")
        self.server.call("PATCH", DEPLOYMENTS + "/web", {"spec": {"replicas": 7}},
                         kind="application/merge-patch+json")
        self.eventually(lambda: any(
            e["kind"] == "decision" and (e.get("from"), e.get("to")) == (7, 3)
            for e in daemon.decisions(policy="web", limit=50)), "7 -> 3 in the journal")
        self.reaches(daemon, 25, 3, "3 again")

    def test_a_custom_resource_and_its_schema(self):
        self.create(FLEETS, {"apiVersion": "example.com/v1", "kind": "Fleet",
                             "metadata": {"name": "web"}, "spec": {"replicas": 1}})
        self.watched = [FLEETS]
        role = {"metadata": {"name": "fleets"}, "rules": [
            {"apiGroups": ["example.com"], "resources": ["fleets", "fleets/scale"],
             "verbs": ["get", "update"]}]}
        self.create(BINDINGS.replace("rolebindings", "roles"), role)
        self.create(BINDINGS, {
            "metadata": {"name": "fleets"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "fleets"},
            "subjects": [{"kind": "ServiceAccount", "name": "tided", "namespace": "prod"}]})
        daemon = self.start(workload="example.com/v1/fleets/prod/web")
        self.reaches(daemon, 25, 3, "3 of a custom resource")
        self.load.values["load"] = 75
        event = self.eventually(lambda: next(
            (e for e in daemon.decisions(policy="web", limit=50)
             if e["kind"] == "step_outcome" and e["outcome"] in ("refused", "failed")), None),
            "8 breaks the schema's maximum of 5")
        self.assertIn("should be less than or equal to 5", event["text"])
        self.assertEqual(self.spec(FLEETS), 3, "nothing was stored")
        self.reaches(daemon, 45, 5, "5 is allowed")

    def test_a_right_withdrawn_holds_and_says_so(self):
        daemon = self.start()
        self.reaches(daemon, 25, 3, "3 at first")
        binding = self.server.call("GET", BINDINGS + "/tided")
        del binding["metadata"]["resourceVersion"], binding["metadata"]["uid"]
        self.server.call("DELETE", BINDINGS + "/tided")
        try:
            self.eventually(lambda: "forbidden" in self.last_error(daemon).lower(), "403 is told")
            self.load.values["load"] = 5
            self.always(lambda: self.spec() == 3, "no step while blind", 1.0)
        finally:
            self.server.call("POST", BINDINGS, binding)
        self.reaches(daemon, 5, 1, "on with the right given back")

    def test_a_workload_deleted_and_made_again(self):
        daemon = self.start()
        self.reaches(daemon, 25, 3, "3 at first")
        self.server.call("DELETE", DEPLOYMENTS + "/web")
        self.eventually(lambda: "not found" in self.last_error(daemon).lower(), "404 is told")
        self.server.call("POST", DEPLOYMENTS, deployment(1))
        self.reaches(daemon, 25, 3, "the new one is scaled")

    def test_a_token_that_is_none(self):
        daemon = self.start()
        self.use_token("of-nobody")
        self.eventually(lambda: "401" in self.last_error(daemon), "401 is told")
        self.use_token(self.token)
        self.reaches(daemon, 25, 3, "on with the right token")

    def test_the_api_server_killed_and_back(self):
        daemon = self.start()
        self.reaches(daemon, 25, 3, "3 at first")
        self.server.kill()
        self.load.values["load"] = 45
        self.eventually(lambda: self.last_error(daemon), "its absence is told")
        self.server.start()
        self.reaches(daemon, 45, 5, "on when it is back")


if __name__ == "__main__":
    unittest.main()
