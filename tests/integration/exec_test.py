#!/usr/bin/python3
"""A pool that programs of the user observe and apply: it follows the load, and every way in which
a program can fail is told in words, changes nothing and is got over once the program is well."""

import json
import os
import signal
import sys
import unittest

from harness import Case, http_get

# Keeps its count in the file `replicas`; the file `mood` says how it behaves, and is read anew by
# each run: "" well, "observe KIND" or "apply KIND" in trouble.
PROGRAM = r"""
import json, os, signal, sys, time
directory = sys.argv[1]

def text(name):
    with open(os.path.join(directory, name)) as file:
        return file.read().strip()

def write(name, content):
    with open(os.path.join(directory, name + ".new"), "w") as file:
        file.write(content)
    os.rename(os.path.join(directory, name + ".new"), os.path.join(directory, name))

request = json.loads(sys.stdin.read())
assert request["version"] == 1 and request["pool"] == "web", request
with open("/proc/self/environ") as file:
    write("environment", file.read())
write("seen", json.dumps([os.getcwd(), sorted(os.listdir("/proc/self/fd"))[:4]]))
verb, replicas = request["request"], int(text("replicas"))
mood = text("mood").split()
trouble = mood[1] if mood and mood[0] == verb else ""
if trouble == "slow":
    write("slow", "")
    while os.path.exists(os.path.join(directory, "slow")):
        time.sleep(0.02)
    trouble = ""
if trouble == "hang":
    write("hanging", str(os.getpid()))
    time.sleep(600)
elif trouble == "long":
    print("x" * 5000)
elif trouble == "garbled":
    print("<done/>")
elif trouble == "status":
    print("out of licences", file=sys.stderr)
    sys.exit(4)
elif trouble == "crash":
    os.kill(os.getpid(), signal.SIGSEGV)
elif trouble == "refused":
    print(json.dumps({"outcome": "refused", "code": "throttled", "message": "the farm is closed"}))
elif trouble == "failed":
    print(json.dumps({"outcome": "failed", "code": "forbidden", "message": "no rights"}))
elif verb == "observe":
    print(json.dumps({"replicas": replicas, "ready": replicas}))
else:
    step = request["step"]
    if trouble == "pending" and not os.path.exists(os.path.join(directory, step["id"])):
        write(step["id"], json.dumps(step))
        print(json.dumps({"outcome": "pending", "after": "300ms"}))
    elif replicas not in (step["from"], step["to"]):
        print(json.dumps({"outcome": "refused", "message": "changed meanwhile"}))
    else:
        write("replicas", str(step["to"]))
        print(json.dumps({"outcome": "done"}))
"""

TOML = """
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "200ms"
mode = "act"

[source.page]
type = "scrape"
targets = ["127.0.0.1:@PAGE@"]

[provider.scripts]
type = "exec"

[pool.web]
provider = "scripts"
observe = [@PROGRAM@]
apply = [@PROGRAM@]
environment = { TIDED_TEST = "@DIR@", REGION = "gra" }
directory = "/usr"
output_limit = "4Ki"
step_timeout = "@LIMIT@"

[policy.web]
pool = "web"
min = 1
max = 8

[[policy.web.metric]]
name = "load"
query = "sum(load)"
source = "page"
target = { average_value = 10 }
max_age = "10s"

[policy.web.behavior.scale_up]
policies = [{ type = "pods", value = 100, period = "1s" }]

[policy.web.behavior.scale_down]
stabilization = "0s"
policies = [{ type = "percent", value = 100, period = "1s" }]
"""


class ExecCase(Case):
    def setUp(self):
        super().setUp()
        self.load = self.page(load=15)

    def put(self, name, content):
        with open(self.path(name + ".put"), "w", encoding="utf-8") as file:
            file.write(content)
        os.rename(self.path(name + ".put"), self.path(name))

    def path(self, name):
        return os.path.join(self.directory, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def started(self, limit="20s", daemon=""):
        """A daemon whose pool follows load 15 with two."""
        self.put("program.py", PROGRAM)
        self.put("replicas", "1")
        self.put("mood", "")
        argv = [sys.executable, "-I", "-S", self.path("program.py"), self.directory]
        toml = TOML.replace("@PROGRAM@", json.dumps(argv)[1:-1])
        toml = toml.replace("@PAGE@", str(self.load.port)).replace("@LIMIT@", limit)
        toml = toml.replace("[daemon]", "[daemon]\n" + daemon)
        daemon = self.daemon(toml).start()
        self.follows(daemon, 2)
        return daemon

    def follows(self, daemon, count):
        self.eventually(lambda: self.read("replicas") == str(count)
                        and daemon.policy()["ready"] == count
                        and daemon.policy()["current"] == count, f"{count} replicas", 60)

    def outcomes(self, daemon):
        return [(event.get("outcome"), event["text"]) for event in
                daemon.decisions(policy="web", limit=500) if event["kind"] == "step_outcome"]

    def told(self, daemon, outcome, words):
        return any(outcome == kind and words in text for kind, text in self.outcomes(daemon))


class Exec(ExecCase):
    def test_follows_up_and_down_with_nothing_of_the_daemons_own(self):
        self.put("replicas", "1")
        os.environ["PRIVATE_TOKEN"] = "do-not-leak"
        self.addCleanup(os.environ.pop, "PRIVATE_TOKEN")
        daemon = self.started()
        self.load.values["load"] = 55
        self.follows(daemon, 6)
        self.load.values["load"] = 5
        self.follows(daemon, 1)
        self.assertEqual(sorted(filter(None, self.read("environment").split("\0"))),
                         ["REGION=gra", f"TIDED_TEST={self.directory}"])
        # 3 is the program reading the directory.
        self.assertEqual(json.loads(self.read("seen")), ["/usr", ["0", "1", "2", "3"]])
        self.assertEqual({kind for kind, _ in self.outcomes(daemon)}, {"done"})

    def test_pending_is_asked_again_and_done_once(self):
        daemon = self.started()
        before = len(self.outcomes(daemon))
        self.put("mood", "apply pending")
        self.load.values["load"] = 45
        self.follows(daemon, 5)
        steps = [name for name in os.listdir(self.directory) if "-" in name
                 and name not in ("state",)]
        self.assertEqual(len(steps), 1, "one step, asked twice under one id")
        step = json.loads(self.read(steps[0]))
        self.assertEqual((step["from"], step["to"], step["policy"]), (2, 5, "web"))
        self.assertEqual(len(self.outcomes(daemon)), before + 1)
        self.assertEqual(self.outcomes(daemon)[-1][0], "done")

    def test_trouble_of_apply_is_told_and_got_over(self):
        daemon = self.started()
        rows = {
            "refused": ("refused", "pool web: apply program: the farm is closed"),
            "garbled": ("failed", "pool web: apply program: it printed what is no JSON object: "
                                  "<done/>"),
            "status": ("failed", "pool web: apply program: it exited with status 4 (its last "
                                 "words: out of licences)"),
            "crash": ("failed", "pool web: apply program: it was killed by signal 11 (SIGSEGV)"),
        }
        for count, (trouble, (outcome, words)) in enumerate(rows.items(), 3):
            with self.subTest(trouble):
                self.put("mood", "apply " + trouble)
                self.load.values["load"] = count * 10
                self.eventually(lambda: self.told(daemon, outcome, words), words)
                self.assertEqual(self.read("replicas"), str(count - 1))
                self.assertEqual(daemon.policy()["current"], count - 1)
                self.put("mood", "")
                self.follows(daemon, count)

    def rests_after(self, trouble, words):
        daemon = self.started()
        self.put("mood", "apply " + trouble)
        self.load.values["load"] = 30
        self.eventually(lambda: self.told(daemon, "failed", words), words)
        self.put("mood", "")
        self.always(lambda: self.read("replicas") == "2", "no try before its time", 1.5)
        self.assertEqual(sum(kind == "failed" for kind, _ in self.outcomes(daemon)), 1)

    def test_too_much_output_rests_since_a_human_must_mend_it(self):
        self.rests_after("long", f"pool web: apply program: {sys.executable} wrote more than 4096 "
                                 "bytes")

    def test_lacking_rights_rest_since_a_human_must_mend_it(self):
        self.rests_after("failed", "pool web: apply program: no rights")

    def test_trouble_of_observe_holds_everything(self):
        daemon = self.started()
        rows = {
            "garbled": "it printed what is no JSON object: <done/>",
            "long": "wrote more than 4096 bytes",
            "status": "it exited with status 4 (its last words: out of licences)",
            "crash": "it was killed by signal 11 (SIGSEGV)",
        }
        for count, (trouble, words) in enumerate(rows.items(), 3):
            with self.subTest(trouble):
                self.put("mood", "observe " + trouble)
                self.eventually(lambda: "pool web: observe program: " in daemon.log()
                                and words in daemon.log(), words)
                self.put("mood", "")
                self.load.values["load"] = count * 10
                self.follows(daemon, count)

    def test_a_program_that_hangs_is_killed_at_its_time_limit(self):
        daemon = self.started(limit="4s")
        for verb in ("apply", "observe"):
            with self.subTest(verb):
                if os.path.exists(self.path("hanging")):
                    os.unlink(self.path("hanging"))
                self.put("mood", verb + " hang")
                self.load.values["load"] += 10
                self.eventually(lambda: self.read("hanging"), "it hangs")
                pid = int(self.read("hanging"))
                words = f"pool web: {verb} program: {sys.executable} had not ended at its deadline"
                self.eventually(lambda: words in daemon.log(), words)
                self.put("mood", "")
                self.assertNotIn(pid, daemon.children())
                self.follows(daemon, int(self.load.values["load"] + 5) // 10)
        self.put("mood", "apply hang")
        os.unlink(self.path("hanging"))
        self.load.values["load"] += 10
        self.eventually(lambda: self.read("hanging"), "it hangs once more")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0)
        self.assertEqual(daemon.children(), {}, "no program outlives the daemon")

    def test_what_cannot_be_observed_for_long_is_not_ready(self):
        daemon = self.started()
        self.put("mood", "observe garbled")
        words = "pool web: it cannot be observed: "
        self.eventually(lambda: words in http_get(daemon.api, "/-/ready")[1], words)
        self.put("mood", "")
        self.eventually(lambda: http_get(daemon.api, "/-/ready") == (200, "ready\n"), "it heals")


if __name__ == "__main__":
    unittest.main()
