"""A real Kubernetes API server over a real etcd, on loopback, for a test class.

There are no nodes and no controllers: `controller` of a test says what a controller would say of
each workload (status follows spec), and nothing else of it is pretended.
"""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time

BINARY = os.environ["KUBE_APISERVER"]
PATIENCE = 60.0
ADMIN = "admin-of-the-test"
ROLE = os.path.join(os.path.dirname(__file__), "../../systemd/examples/kubernetes-role.yaml")


class Refused(AssertionError):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status


class ApiServer:
    def __init__(self, ports):
        self.directory = tempfile.mkdtemp(prefix="tided-peer-")
        self.etcd_port, self.port = ports, ports + 2
        self.processes = {}
        subprocess.run(["openssl", "genrsa", "-out", self.file("key"), "2048"], check=True,
                       capture_output=True)
        with open(self.file("tokens"), "w", encoding="utf-8") as file:
            file.write(f'{ADMIN},admin,admin,"system:masters"\n')
        self.start_etcd()
        self.start()

    def file(self, name):
        return os.path.join(self.directory, name)

    @property
    def authority(self):
        return self.file("certificates/apiserver.crt")

    def run(self, name, argv):
        with open(self.file(name + ".log"), "ab") as log:
            self.processes[name] = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                                    stderr=log)

    def start_etcd(self):
        client, peer = (f"http://127.0.0.1:{self.etcd_port + i}" for i in (0, 1))
        self.run("etcd", ["etcd", "--name", "t", "--data-dir", self.file("etcd"), "--log-level",
                          "warn", "--listen-client-urls", client, "--advertise-client-urls", client,
                          "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                          "--initial-cluster", f"t={peer}"])

    def start(self):
        self.run("api", [
            BINARY, f"--etcd-servers=http://127.0.0.1:{self.etcd_port}",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
            f"--secure-port={self.port}", f"--cert-dir={self.file('certificates')}",
            "--authorization-mode=RBAC", f"--token-auth-file={self.file('tokens')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.file('key')}",
            f"--service-account-signing-key-file={self.file('key')}",
            "--service-cluster-ip-range=10.0.0.0/24", "--disable-admission-plugins=ServiceAccount"])
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.processes["api"].poll() is not None:
                break
            try:
                self.call("GET", "/readyz", raw=True)
                return
            except (OSError, Refused):
                time.sleep(0.1)
        with open(self.file("api.log"), encoding="utf-8", errors="replace") as log:
            raise AssertionError("the API server did not get ready:\n" + log.read()[-4000:])

    def kill(self):
        process = self.processes.pop("api")
        process.kill()
        process.wait()

    def close(self):
        for process in reversed(self.processes.values()):
            process.kill()
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def call(self, method, path, body=None, *, kind="application/json", raw=False):
        context = ssl.create_default_context(cafile=self.authority)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10,
                                                 context=context)
        try:
            text = body if isinstance(body, str) or body is None else json.dumps(body)
            connection.request(method, path, text, {"Authorization": f"Bearer {ADMIN}",
                                                    "Content-Type": kind})
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status >= 300:
                raise Refused(answer.status, text)
            return text if raw else json.loads(text)
        finally:
            connection.close()

    def apply(self, name):
        """The documents of a YAML file, as kubectl would create them in the namespace prod."""
        rbac = "/apis/rbac.authorization.k8s.io/v1/"
        paths = {"ServiceAccount": "/api/v1/namespaces/prod/serviceaccounts",
                 "Role": rbac + "namespaces/prod/roles",
                 "RoleBinding": rbac + "namespaces/prod/rolebindings",
                 "ClusterRole": rbac + "clusterroles",
                 "ClusterRoleBinding": rbac + "clusterrolebindings"}
        with open(name, encoding="utf-8") as file:
            for document in file.read().split("\n---\n"):
                kind = next(line.split()[1] for line in document.splitlines()
                            if line.startswith("kind:"))
                self.call("POST", paths[kind], document, kind="application/yaml")

    def grant(self):
        """The shipped role, and a token of its service account."""
        self.apply(ROLE)
        answer = self.call("POST", "/api/v1/namespaces/prod/serviceaccounts/tided/token",
                           {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                            "spec": {}})
        return answer["status"]["token"]
