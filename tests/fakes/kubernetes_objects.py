"""What a Kubernetes API server keeps: objects with resourceVersion and generation, their scale
subresource, and a controller that moves pods and status some time after a write.

Nothing here knows HTTP: a refusal is a `Refusal`, which carries the Status object's reason and
code. Time is given by the caller. Written from the Kubernetes API reference; it leaves out watch,
eviction, resize and server-side apply.
"""

import copy
import uuid

CODES = {
    "BadRequest": 400, "Unauthorized": 401, "Forbidden": 403, "NotFound": 404,
    "MethodNotAllowed": 405, "AlreadyExists": 409, "Conflict": 409, "Gone": 410,
    "UnsupportedMediaType": 415, "Invalid": 422, "TooManyRequests": 429, "InternalError": 500,
    "ServiceUnavailable": 503,
}
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"


class Refusal(Exception):
    """A Status object with status "Failure"."""

    def __init__(self, reason, message, causes=None, retry_after=None, **details):
        super().__init__(message)
        self.reason, self.message, self.retry_after = reason, message, retry_after
        self.details = {k: v for k, v in details.items() if v}
        if causes:
            self.details["causes"] = causes
        if retry_after is not None:
            self.details["retryAfterSeconds"] = retry_after

    @property
    def code(self):
        return CODES[self.reason]

    def body(self):
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": self.message, "reason": self.reason, "details": self.details,
                "code": self.code}


class Resource:
    """A kind of object: where it is served and what it can."""

    def __init__(self, group, version, plural, kind, scalable=True, custom=False, ordered=False):
        self.group, self.version, self.plural, self.kind = group, version, plural, kind
        self.scalable, self.custom, self.ordered = scalable, custom, ordered

    @property
    def api_version(self):
        return f"{self.group}/{self.version}" if self.group else self.version


BUILT_IN = [
    Resource("apps", "v1", "deployments", "Deployment"),
    Resource("apps", "v1", "statefulsets", "StatefulSet", ordered=True),
    Resource("apps", "v1", "replicasets", "ReplicaSet"),
    Resource("", "v1", "replicationcontrollers", "ReplicationController"),
]


def merged(base, patch):
    """RFC 7386: null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def json_patched(base, operations):
    """RFC 6902: test, add, replace, remove, on object members only."""
    result = copy.deepcopy(base)
    for operation in operations:
        *parents, last = [p.replace("~1", "/").replace("~0", "~")
                          for p in operation["path"].split("/")[1:]]
        node = result
        for name in parents:
            node = node.get(name) if isinstance(node, dict) else None
        known = isinstance(node, dict) and last in node
        op = operation["op"]
        if op == "test" and (not known or node[last] != operation["value"]):
            raise Refusal("Invalid", f"testing path {operation['path']} failed")
        if op in ("replace", "remove") and not known:
            raise Refusal("Invalid", f"{op} operation does not apply: {operation['path']} is missing")
        if op in ("replace", "add"):
            node[last] = operation["value"]
        elif op == "remove":
            del node[last]
        elif op != "test":
            raise Refusal("BadRequest", f"unexpected operation {op}")
    return result


class Pods:
    """The controller of one workload: pods appear at once, get ready after a delay."""

    def __init__(self, ordered):
        self.ordered = ordered
        self.born = []  # moment of each pod's creation, oldest first

    def settle(self, wanted, ready_delay, now):
        del self.born[wanted:]
        while len(self.born) < wanted:
            follows = self.ordered and self.born
            start = self.born[-1] + ready_delay if follows else now
            if start > now:
                break
            self.born.append(start)

    def ready(self, ready_delay, now):
        return sum(1 for born in self.born if now >= born + ready_delay)


class Cluster:
    """All objects of one API server."""

    def __init__(self, ready_delay=0.2):
        self.resources = {(r.group, r.version, r.plural): r for r in BUILT_IN}
        self.objects = {}  # (group, version, plural, namespace, name) -> object
        self.pods = {}     # the same key -> Pods
        self.ready_delay = ready_delay
        self.revision = 1000

    def resource(self, group, version, plural):
        found = self.resources.get((group, version, plural))
        if found is None:
            raise Refusal("NotFound", "the server could not find the requested resource")
        return found

    def define(self, group, version, plural, kind, scalable):
        """A CustomResourceDefinition; `scalable` declares subresources.scale."""
        self.resources[group, version, plural] = Resource(group, version, plural, kind, scalable,
                                                          custom=True)

    def _stamp(self, thing):
        self.revision += 1
        thing["metadata"]["resourceVersion"] = str(self.revision)

    def _missing(self, resource, name):
        where = f"{resource.plural}.{resource.group}" if resource.group else resource.plural
        return Refusal("NotFound", f'{where} "{name}" not found', name=name, group=resource.group,
                       kind=resource.plural)

    def create(self, resource, namespace, thing, now):
        name = thing.get("metadata", {}).get("name")
        if not name:
            raise Refusal("Invalid", "metadata.name: Required value", kind=resource.kind)
        key = (resource.group, resource.version, resource.plural, namespace, name)
        if key in self.objects:
            raise Refusal("AlreadyExists", f'{resource.plural} "{name}" already exists', name=name,
                          kind=resource.plural)
        thing = copy.deepcopy(thing)
        thing.update(kind=resource.kind, apiVersion=resource.api_version)
        thing["metadata"].update(namespace=namespace, uid=str(uuid.uuid4()), generation=1,
                                 creationTimestamp="2026-01-02T03:04:05Z")
        thing.setdefault("spec", {}).setdefault("replicas", 1)
        self._stamp(thing)
        self.objects[key] = thing
        self.pods[key] = Pods(resource.ordered)
        self.settle(now)
        return thing

    def find(self, resource, namespace, name):
        thing = self.objects.get((resource.group, resource.version, resource.plural, namespace,
                                  name))
        if thing is None:
            raise self._missing(resource, name)
        return thing

    def remove(self, resource, namespace, name):
        self.find(resource, namespace, name)
        key = (resource.group, resource.version, resource.plural, namespace, name)
        del self.objects[key], self.pods[key]

    def list(self, resource, namespace):
        return [thing for key, thing in sorted(self.objects.items())
                if key[:3] == (resource.group, resource.version, resource.plural)
                and namespace in (None, key[3])]

    def check_version(self, thing, given):
        """Compare-and-swap: a version that is given must be the current one."""
        wanted = given.get("metadata", {}).get("resourceVersion")
        if wanted and wanted != thing["metadata"]["resourceVersion"]:
            name = thing["metadata"]["name"]
            raise Refusal("Conflict", f'Operation cannot be fulfilled on {thing["kind"]} "{name}": '
                          "the object has been modified; please apply your changes to the latest "
                          "version and try again", name=name, kind=thing["kind"])
        uid = given.get("metadata", {}).get("uid")
        if uid and uid != thing["metadata"]["uid"]:
            raise Refusal("Conflict", f"Precondition failed: UID in precondition: {uid}, UID in "
                          f"object meta: {thing['metadata']['uid']}")

    def set_spec(self, thing, spec, now):
        """Writes a new spec; generation moves only if it differs."""
        replicas = spec.get("replicas", 0)
        if not isinstance(replicas, int) or isinstance(replicas, bool):
            raise Refusal("BadRequest", "json: cannot unmarshal into field spec.replicas of int32")
        if replicas < 0:
            cause = {"reason": "FieldValueInvalid", "field": "spec.replicas",
                     "message": f"Invalid value: {replicas}: must be greater than or equal to 0"}
            raise Refusal("Invalid", f"{thing['kind']} \"{thing['metadata']['name']}\" is invalid: "
                          f"spec.replicas: {cause['message']}", causes=[cause],
                          name=thing["metadata"]["name"], kind=thing["kind"])
        if spec != thing["spec"]:
            thing["spec"] = spec
            thing["metadata"]["generation"] += 1
            self._stamp(thing)
        self.settle(now)

    def settle(self, now):
        """Lets every controller catch up with its object; a changed status is a write."""
        for key, thing in self.objects.items():
            wanted = thing["spec"].get("replicas", 0)
            pods = self.pods[key]
            pods.settle(wanted, self.ready_delay, now)
            ready = pods.ready(self.ready_delay, now)
            status = {"observedGeneration": thing["metadata"]["generation"],
                      "replicas": len(pods.born), "updatedReplicas": len(pods.born),
                      "readyReplicas": ready, "availableReplicas": ready,
                      "unavailableReplicas": len(pods.born) - ready}
            status = {name: value for name, value in status.items() if value or name == "replicas"}
            if thing.get("status") != status:
                thing["status"] = status
                self._stamp(thing)

    @staticmethod
    def selector(thing):
        labels = thing["spec"].get("selector", {})
        labels = labels.get("matchLabels", labels) if isinstance(labels, dict) else {}
        return ",".join(f"{k}={v}" for k, v in sorted(labels.items()))

    def scale_of(self, thing):
        """autoscaling/v1 Scale: spec.replicas is left out at zero, status.replicas never."""
        meta = thing["metadata"]
        replicas = thing["spec"].get("replicas", 0)
        return {"kind": "Scale", "apiVersion": "autoscaling/v1",
                "metadata": {k: meta[k] for k in ("name", "namespace", "uid", "resourceVersion",
                                                  "creationTimestamp")},
                "spec": {"replicas": replicas} if replicas else {},
                "status": {"replicas": thing.get("status", {}).get("replicas", 0),
                           "selector": self.selector(thing)}}

    def pod_list(self, namespace, wanted_labels, now):
        """Pods of all workloads in the namespace that carry the labels."""
        found = []
        for key, thing in sorted(self.objects.items()):
            labels = dict(part.split("=", 1) for part in self.selector(thing).split(",") if part)
            if key[3] != namespace or any(labels.get(k) != v for k, v in wanted_labels.items()):
                continue
            for index, born in enumerate(self.pods[key].born):
                ready = now >= born + self.ready_delay
                found.append({"metadata": {"name": f"{key[4]}-{index}", "namespace": namespace,
                                           "labels": labels},
                              "status": {"phase": "Running" if ready else "Pending", "conditions": [
                                  {"type": "Ready", "status": "True" if ready else "False"}]}})
        return found


def patched(thing, kind, patch, custom):
    """`thing` after a PATCH of content type `kind`; 415 for what the server does not take."""
    if kind == JSON_PATCH:
        return json_patched(thing, patch)
    if kind == MERGE or (kind == STRATEGIC and not custom):
        return merged(thing, patch)
    raise Refusal("UnsupportedMediaType", "the body of the request was in an unknown format - "
                  f"accepted media types include: {JSON_PATCH}, {MERGE}"
                  + ("" if custom else f", {STRATEGIC}"))
