#!/usr/bin/python3
"""Two thousand targets found in a file that all become others, many times over, under the real
daemon: descriptors, memory and lanes are those of two thousand targets, not of all there ever were.
The addresses are those of 127.0.0.0/8, behind which one server answers."""

import asyncio
import json
import os
import resource
import socket
import threading
import unittest

from harness import Case, pool_toml

SANITIZED = any(word in os.environ.get("TIDED_BUILD", "") for word in ("asan", "tsan"))
TARGETS, ROUNDS = 300 if SANITIZED else 2000, 8


class Everywhere:
    """One page at every address of 127.0.0.0/8; counts who is connected."""

    def __init__(self):
        self.open, self.round, ready = set(), 0, threading.Event()
        everywhere = self

        class Serving(asyncio.Protocol):
            def connection_made(self, transport):
                self.transport, self.rest = transport, b""
                everywhere.open.add(transport)

            def connection_lost(self, _):
                everywhere.open.discard(self.transport)

            def data_received(self, data):
                *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
                self.transport.write(everywhere.answer() * len(requests))

        def serve():
            self.loop = asyncio.new_event_loop()
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
            listener.bind(("", 0))
            server = self.loop.run_until_complete(
                self.loop.create_server(Serving, sock=listener, backlog=4096))
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            self.loop.run_forever()
            for transport in set(self.open):
                transport.abort()
            server.close()
            self.loop.run_until_complete(server.wait_closed())
            self.loop.close()

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()
        ready.wait()

    def answer(self):
        text = b"load %d\n" % (self.round + 1)
        return (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(text), text))

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


class Turnover(Case):
    def setUp(self):
        super().setUp()
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if most < 2 * TARGETS + 1000:
            self.skipTest(f"only {most} open files are allowed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.everywhere = Everywhere()
        self.addCleanup(self.everywhere.close)
        self.list = os.path.join(self.directory, "web.json")

    def turn_over(self, number):
        port, first = self.everywhere.port, number * TARGETS
        addresses = [f"127.{1 + i // 62500}.{i // 250 % 250}.{1 + i % 250}:{port}"
                     for i in range(first, first + TARGETS)]
        with open(self.list + ".new", "w", encoding="utf-8") as file:
            json.dump([{"targets": addresses, "labels": {"round": str(number)}}], file)
        os.rename(self.list + ".new", self.list)

    def cost(self, daemon):
        """Open descriptors and resident KiB."""
        pid = daemon.process.pid
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        return len(os.listdir(f"/proc/{pid}/fd")), resident

    def is_settled(self, daemon):
        """All targets of this round have told, and of no other anything is left."""
        page = daemon.metrics()
        return (daemon.policy()["metrics"][0]["value"] == TARGETS * (self.everywhere.round + 1) and
                len(self.everywhere.open) <= TARGETS and
                page['tided_discovered_targets{source="page"}'] == TARGETS and
                page['tided_source_lanes_failing{source="page"}'] == 0)

    def test_all_become_others(self):
        page = self.everywhere
        # Slow enough for a busy machine: who times out connects anew.
        toml = pool_toml(page, maximum=1).replace(
            f'targets = ["127.0.0.1:{page.port}"]',
            'file_sd = { files = "@DIR@/web.json" }\ninterval = "2s"').replace(
                'max_age = "2s"', 'max_age = "10s"')
        self.turn_over(0)
        daemon = self.daemon(toml).start()
        costs = []
        for page.round in range(ROUNDS):
            self.turn_over(page.round)
            self.eventually(lambda: self.is_settled(daemon), f"round {page.round}", 60)
            costs.append(self.cost(daemon))
        print(f"{TARGETS} targets, {ROUNDS} turnovers: descriptors, KiB: {costs}")
        self.assertLess(costs[-1][0], TARGETS + 100)
        if not SANITIZED:  # what is kept of a series that ended, for as long as it may be read
            per_target = (costs[-1][1] - costs[1][1]) / (ROUNDS - 2) / TARGETS
            self.assertLess(per_target, 4)


if __name__ == "__main__":
    unittest.main()
