"""Pods with addresses that a test puts and removes, listed and watched as an API server does.

Every change is an event with a resourceVersion. A watch from an old version gets 410 once the
history before it is forgotten; `stop()` ends the watches under way.
"""


class WatchedPods:
    def __init__(self):
        self.pods, self.events, self.forgotten, self.generation = {}, [], 0, 0

    def _tell(self, kind, pod, revision):
        pod["metadata"]["resourceVersion"] = str(revision)
        self.events.append((revision, kind, pod))

    def steer(self, method, what, given, revision):
        """As told on /_fake/pod and /_fake/forget."""
        if what == "forget":
            self.forget(revision)
        elif method == "DELETE":
            self.remove(given["namespace"], given["name"], revision)
        else:
            self.put(revision=revision, **given)

    def put(self, namespace, name, ip, port, labels, revision):
        known = (namespace, name) in self.pods
        pod = {"kind": "Pod", "apiVersion": "v1",
               "metadata": {"name": name, "namespace": namespace, "labels": labels},
               "spec": {"containers": [{"name": "main", "ports": [{"containerPort": port}]}]},
               "status": {"phase": "Running", "podIP": ip}}
        self.pods[namespace, name] = pod
        self._tell("MODIFIED" if known else "ADDED", pod, revision)

    def remove(self, namespace, name, revision):
        pod = dict(self.pods.pop((namespace, name)))
        pod["metadata"] = dict(pod["metadata"])
        self._tell("DELETED", pod, revision)

    def forget(self, revision):
        """The history is compacted and all watches end."""
        self.events, self.forgotten = [], revision
        self.stop()

    def stop(self):
        self.generation += 1

    def list(self, namespace, labels):
        return [pod for (space, _), pod in sorted(self.pods.items())
                if space == namespace and self._has(pod, labels)]

    def since(self, revision, namespace, labels):
        """Events after `revision`, or None when that is forgotten."""
        if revision < self.forgotten:
            return None
        return [(at, kind, pod) for at, kind, pod in self.events
                if at > revision and pod["metadata"]["namespace"] == namespace
                and self._has(pod, labels)]

    @staticmethod
    def _has(pod, labels):
        return all(pod["metadata"]["labels"].get(k) == v for k, v in labels.items())
