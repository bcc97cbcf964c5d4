#!/usr/bin/python3
"""A pool of real workers under a real load: sixfold load is followed within two scrape intervals
plus start time, the pool returns after the stabilization window, crashed workers come back, and
`explain` tells what the journal tells."""

import os
import signal
import time
import unittest

from harness import LOAD, WORKER, Case, free_ports, pool_toml

SCRAPE, START = 0.5, 0.3


def worker_toml(first_port, count=8, slots=1):
    targets = ", ".join(f'"127.0.0.1:{first_port + i}"' for i in range(count))
    return f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "250ms"
mode = "act"

[source.workers]
type = "scrape"
interval = "{int(SCRAPE * 1000)}ms"
targets = [{targets}]

[provider.here]
type = "process_pool"

[pool.web]
provider = "here"
command = ["{WORKER}", "--port", "{{port}}", "--start-ms", "{int(START * 1000)}", "--slots",
           "{slots}", "--service-ms", "10"]
environment = {{ TIDED_TEST = "@DIR@", SECRET_OF_NOBODY = "" }}
first_port = {first_port}
probe = "http://127.0.0.1:{{port}}/ready"
restart_delay = "200ms"

[policy.web]
pool = "web"
min = 1
max = {count}

[[policy.web.metric]]
name = "rps"
query = "sum(rate(demo_requests_total[2s]))"
source = "workers"
target = {{ average_value = 30 }}
max_age = "3s"

[policy.web.behavior.scale_up]
policies = [{{ type = "pods", value = 8, period = "1s" }}]

[policy.web.behavior.scale_down]
stabilization = "3s"
"""


class ProcessPool(Case):
    def test_sixfold_load_is_followed_and_returned_from(self):
        first = free_ports(8)
        daemon = self.daemon(worker_toml(first, slots=4)).start()
        self.eventually(lambda: daemon.policy()["ready"] == 1, "the first worker")
        stats = os.path.join(self.directory, "stats")
        load = self.program([LOAD, "--first-port", str(first), "--ports", "8", "--base", "25",
                             "--peak", "150", "--seconds", "20", "--shape", "step",
                             "--stats", stats])

        def offered():
            with open(stats, encoding="utf-8") as file:
                return float(file.read().split()[1])
        self.eventually(lambda: offered() > 100, "the load has jumped")
        jumped = time.monotonic()
        self.eventually(lambda: daemon.policy()["desired"] > 1, "a decision to grow", 20)
        decided = time.monotonic() - jumped
        self.eventually(lambda: daemon.policy()["ready"] >= 5, "five ready for 150/s at 30 each", 20)
        followed = time.monotonic() - jumped
        print(f"load x6: first decision after {decided:.2f} s, 5 ready after {followed:.2f} s")
        # The rate's own window (2 s) must fill before 150/s can be seen at all.
        self.assertLess(decided, 2 * SCRAPE + 0.5)
        self.assertLess(followed, 2 + 2 * SCRAPE + START + 2.0)
        self.eventually(lambda: daemon.policy()["current"] == 1, "back to one", 30)
        self.assertEqual(load.wait(30), 0)
        self.assert_each_decision_can_be_looked_up(daemon)

    def assert_each_decision_can_be_looked_up(self, daemon):
        journal = [e for e in daemon.decisions(policy="web", limit=200) if e["kind"] == "decision"]
        self.assertGreaterEqual(len(journal), 2)
        code, out, err = daemon.cli("explain", "web")
        self.assertEqual(code, 0, err)
        self.assertIn("web: ", out)
        for event in journal:
            code, out, err = daemon.cli("explain", "web", "--at", str(event["at"]))
            self.assertEqual(code, 0, err)
            self.assertIn(event["text"], out)
            self.assertEqual(out.splitlines()[-1], "made again from its record: the same")

    def told_live(self, daemon, beginning):
        """The first sentence of `explain`, and the API's, as soon as one begins like this."""
        told = self.eventually(lambda: daemon.policy()["last_reason"].startswith(beginning)
                               and daemon.policy(), beginning)
        code, out, err = daemon.cli("explain", "web")
        self.assertEqual(code, 0, err)
        self.assertEqual(out.splitlines()[0], told["last_reason"])
        self.assertEqual([line[4:] for line in out.splitlines() if line.startswith("  - ")],
                         told["reasons"])
        return told

    def test_what_is_explained_at_the_decision_is_what_the_journal_keeps(self):
        load = self.page(load=5)
        # A decision is the last one for two seconds: time enough to ask for it in both ways.
        daemon = self.daemon(pool_toml(load, interval="2s")).start()
        self.eventually(lambda: daemon.policy()["ready"] == 1, "one worker")
        for value, before, after in ((25, 1, 3), (15, 3, 2)):
            load.values["load"] = value
            live = self.told_live(daemon, f"web: {before} -> ")
            self.assertEqual(live["last_reason"], f"web: {before} -> {after} because load is "
                                                  f"{value} (target 10 each)")
            self.assertEqual(live["reasons"], [f"load is {value} (target 10 each) and proposes "
                                               f"{after}"])
            kept = self.eventually(lambda b=before, a=after: [
                e for e in daemon.decisions(policy="web", limit=200)
                if e["kind"] == "decision" and (e["from"], e["to"]) == (b, a)], "it is journalled")
            self.assertEqual([(e["text"], e["reasons"], e["at"]) for e in kept],
                             [(live["last_reason"], live["reasons"], live["decided_at"])])
            self.eventually(lambda a=after: daemon.policy()["ready"] == a, f"{after} workers")
            self.told_live(daemon, f"web: stays at {after} because ")  # the live one moves on ...
            code, out, err = daemon.cli("explain", "web", "--at", live["decided_at"])
            self.assertEqual(code, 0, err)
            self.assertIn(live["last_reason"], out)  # ... that of then remains

    def test_a_crashed_worker_comes_back_and_leaves_no_zombie(self):
        first = free_ports(4)
        daemon = self.daemon(worker_toml(first, 4).replace("min = 1", "min = 2")).start()
        self.eventually(lambda: daemon.policy()["ready"] == 2, "two workers")
        victim = min(daemon.children())
        os.kill(victim, signal.SIGKILL)
        self.eventually(lambda: victim not in daemon.children() and len(daemon.children()) == 2,
                        "another in its place")
        with self.assertRaises(FileNotFoundError):
            os.stat(f"/proc/{victim}")
        self.assertIn("signal 9", daemon.log())

    def test_workers_get_nothing_of_the_daemons_own(self):
        first = free_ports(2)
        daemon = self.daemon(worker_toml(first, 2)).start(PRIVATE_TOKEN="do-not-leak")
        pid = self.eventually(lambda: next(iter(daemon.children()), None), "a worker")
        with open(f"/proc/{pid}/environ", "rb") as file:
            names = {entry.split(b"=")[0] for entry in file.read().split(b"\0") if entry}
        self.assertEqual(names, {b"TIDED_TEST", b"SECRET_OF_NOBODY", b"TIDED_CHILD"})

    def test_workers_get_three_descriptors_and_default_signals(self):
        for keep in (False, True):
            with self.subTest(keep=keep):
                directory = os.path.join(self.directory, str(keep))
                os.mkdir(directory)
                daemon = self.daemon(pool_toml(self.page(load=5), keep=keep), directory)
                leak = os.open("/dev/null", os.O_RDONLY)
                os.set_inheritable(leak, True)
                daemon.start(pass_fds=(leak,))
                os.close(leak)
                self.assertIn(str(leak), os.listdir(f"/proc/{daemon.process.pid}/fd"))
                pid = self.eventually(lambda: next(iter(daemon.children()), None), "a worker")
                self.assertEqual(sorted(os.listdir(f"/proc/{pid}/fd")), ["0", "1", "2"])
                self.assertEqual(os.readlink(f"/proc/{pid}/fd/0"), "/dev/null")
                with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                    signals = dict(line.split(":\t") for line in file if line.startswith("Sig"))
                for name in ("SigBlk", "SigIgn", "SigCgt"):
                    self.assertEqual(int(signals[name], 16), 0, name)
                self.assertEqual(os.getpgid(pid), pid)
                self.assertEqual(os.getsid(pid), pid)

    def dry(self, toml):
        return toml.replace('mode = "act"', 'mode = "dry-run"')

    def test_a_reload_to_dry_run_keeps_up_the_workers_there_are(self):
        load = self.page(load=25)
        toml = pool_toml(load).replace("keep = false", 'restart_delay = "2s"')
        daemon = self.daemon(toml).start()
        self.eventually(lambda: daemon.policy()["ready"] == 3, "three workers")
        daemon.write(self.dry(toml))
        code, _, err = daemon.cli("reload")
        self.assertEqual(code, 0, err)
        load.values["load"] = 55
        victims = sorted(daemon.children())[:2]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        self.eventually(lambda: daemon.policy()["ready"] == 1, "their end is seen")
        self.eventually(lambda: daemon.policy()["ready"] == 3, "and they are started again")
        self.assertEqual(len(daemon.children()), 3)
        self.assertFalse(set(victims) & set(daemon.children()))
        self.eventually(lambda: daemon.policy()["desired"] == 6, "six would be wanted")
        self.always(lambda: len(daemon.children()) == 3, "none is added", 0.6)
        daemon.kill()
        daemon.start()
        self.eventually(lambda: len(daemon.children()) == 3 and daemon.policy()["ready"] == 3,
                        "what ran before a restart runs after it")

    def test_dry_run_from_the_start_starts_nothing(self):
        toml = self.dry(pool_toml(self.page(load=25)).replace("keep = false", "initial = 2"))
        daemon = self.daemon(toml).start()
        self.eventually(lambda: daemon.policy()["desired"] == 3, "a decision")
        self.always(lambda: not daemon.children(), "nothing is started", 1)
        daemon.kill()
        daemon.start()
        self.eventually(lambda: daemon.policy()["desired"] == 3, "a decision")
        self.always(lambda: not daemon.children(), "nothing is started after a crash either", 1)

    def test_a_worker_that_ignores_its_end_is_killed(self):
        daemon = self.daemon(worker_toml(free_ports(2), 2)
                             .replace(f'command = ["{WORKER}", "--port", "{{port}}",',
                                      'command = ["/bin/sh", "-c", "trap \'\' TERM; while :; do '
                                      'sleep 1; done", "{port}",')
                             .replace('probe = "http://127.0.0.1:{port}/ready"',
                                      'stop_grace = "500ms"')).start()
        self.eventually(lambda: daemon.children(), "a stubborn worker")
        self.assertEqual(daemon.stop(), 0)
        self.eventually(lambda: not daemon.children(), "all ended", 5)


if __name__ == "__main__":
    unittest.main()
