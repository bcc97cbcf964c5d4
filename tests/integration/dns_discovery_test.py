#!/usr/bin/python3
"""Targets that are records of a name server: one name's silence, failure or garbage leaves its own
targets as they were and delays nobody else's; that a name is gone is an answer. The daemon gets a
resolv.conf of its own, which takes the rights of root."""

import os
import subprocess
import sys
import time
import unittest

from harness import FAKES, Case, pool_toml

sys.path.insert(0, FAKES)
from name_server import NameServer  # noqa: E402

WAY = """dns_sd = { names = ["_load._tcp.a.test", "_load._tcp.b.test"], interval = "1s" }"""
OWN_RESOLV_CONF = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'


class DnsDiscovery(Case):
    def setUp(self):
        super().setUp()
        resolv_conf = os.path.join(self.directory, "resolv.conf")
        with open(resolv_conf, "w", encoding="utf-8") as file:
            file.write("")
        self.private = ["unshare", "--mount", "sh", "-c", OWN_RESOLV_CONF, resolv_conf]
        if subprocess.run([*self.private, "true"], capture_output=True, check=False).returncode:
            self.skipTest("no rights to give the daemon a resolv.conf of its own")
        self.names = NameServer()
        self.addCleanup(self.names.close)
        with open(resolv_conf, "w", encoding="utf-8") as file:
            file.write(f"nameserver {self.names.address}\n")

    def source(self):
        return self.tided.get("/api/v1/status")["sources"][0]

    def settles(self, replicas, what, seconds=30):
        self.eventually(lambda: self.tided.policy()["current"] == replicas, what, seconds)

    def record(self, name, page):
        """The host that the SRV record names is looked up, too."""
        self.names.records[f"_load._tcp.{name}.test"] = [("SRV", page.port, f"host.{name}.test")]
        self.names.records[f"host.{name}.test"] = [("A", "127.0.0.1")]

    def test_records(self):
        one, two = self.page(load=20), self.page(load=20)
        self.record("a", one)
        self.record("b", two)
        toml = pool_toml(one).replace(f'targets = ["127.0.0.1:{one.port}"]', WAY)
        self.tided = self.daemon(toml).start(under=self.private)
        self.settles(4, "a target of each name")
        for fault in ["silence", "servfail", "cut"]:
            with self.subTest(fault):
                self.one_name_fails(fault, one)
        self.names.records["_load._tcp.b.test"] = []
        self.settles(2, "no record is an answer")
        self.record("b", two)
        self.settles(4, "it is back")
        del self.names.records["_load._tcp.b.test"]
        self.settles(2, "no such name is an answer")

    def one_name_fails(self, fault, one):
        name = "_load._tcp.b.test"
        self.names.fault[name] = fault
        self.eventually(lambda: name in (self.source()["discovery_error"] or ""), "status says so")
        self.always(lambda: self.tided.policy()["current"] == 4, "its target stays", 1)
        del self.names.records["_load._tcp.a.test"]
        begun = time.monotonic()
        self.settles(2, "the other name is asked meanwhile", 5)
        self.record("a", one)
        self.settles(4, "and again")
        print(f"{fault}: {self.source()['discovery_error']}; the other name's turn took "
              f"{time.monotonic() - begun:.1f} s")
        del self.names.fault[name]
        self.eventually(lambda: not self.source()["discovery_error"], "it is well again")


if __name__ == "__main__":
    unittest.main()
