#!/usr/bin/python3
"""What a person sees who types something wrong, or talks to a daemon that is not there: exit
status, the stream, and the words."""

import json
import os
import unittest

from harness import Case, pool_toml, run_tided

PAGE = """# TYPE requests counter
requests_total{code="200"} 10
requests_total{code="500"} NaN
temperature -1.5e3
"""


class Cli(Case):
    def file(self, name, text, mode="w"):
        path = os.path.join(self.directory, name)
        with open(path, mode) as file:
            file.write(text)
        return path

    def test_usage_errors_are_two_and_explain_themselves(self):
        for arguments in ([], ["fly"], ["run", "--bogus"], ["explain"], ["check", "a", "b"],
                          ["step"], ["query", "up"], ["parse", "--format", "xml", "-"],
                          ["pause"], ["run", "--config"]):
            with self.subTest(arguments=arguments):
                code, out, err = run_tided(*arguments, text="")
                self.assertEqual(code, 2, out + err)
                self.assertTrue(err.strip(), "says why, on standard error")
                self.assertEqual(out, "")

    def test_usage_errors_name_the_word_and_what_was_meant(self):
        for arguments, expected in (
                (["frobnicate"], "unknown command 'frobnicate'\nsee tided --help"),
                (["help"], "unknown command 'help'\nsee tided --help"),
                (["chek"], "unknown command 'chek': did you mean 'check'?\nsee tided --help"),
                (["--verion"], "unknown option '--verion': did you mean '--version'?\n"
                               "see tided --help"),
                (["run", "--onc"], "unknown option '--onc' of 'tided run': did you mean '--once'?\n"
                                   "see tided run --help"),
                (["run", "--konfig=x"], "unknown option '--konfig' of 'tided run': did you mean "
                                        "'--config'?\nsee tided run --help"),
                (["check", "a", "b"], "'b' is one argument too many\nsee tided check --help"),
                (["explain"], "policy is required\nsee tided explain --help"),
                (["explain", "--sokcet", "x"], "unknown option '--sokcet' of 'tided explain': did "
                                               "you mean '--socket'?\nsee tided explain --help"),
                (["state"], "a command is missing: one of export, import\nsee tided state --help"),
                (["state", "exprt"], "unknown command 'exprt' of 'tided state': did you mean "
                                     "'export'?\nsee tided state --help"),
                (["explain", "web", "--at", "yesterday"],
                 '--at: "yesterday" is no instant: expected RFC 3339 (2026-11-22T08:00:00Z), '
                 "seconds since 1970, or how long ago (2h)\nsee tided explain --help"),
                (["pause", "web", "--for", "5"],
                 "--for: '5' is not a duration such as 90s or 1m30s: units are w d h m s ms, "
                 "largest first, each once\nsee tided pause --help")):
            with self.subTest(arguments=arguments):
                self.assertEqual(run_tided(*arguments), (2, "", f"tided: {expected}\n"))

    def test_help_and_version_are_fine(self):
        self.assertEqual(run_tided("--version"), run_tided("version"))
        self.assertIn("3 invalid configuration", run_tided("--help")[1])
        for arguments in (["--help"], ["run", "--help"], ["version"], ["--version"]):
            with self.subTest(arguments=arguments):
                code, out, err = run_tided(*arguments)
                self.assertEqual((code, err), (0, ""))
                self.assertIn("tided" if arguments != ["run", "--help"] else "--config", out)

    def test_files_that_are_not_there_or_not_readable(self):
        for expected, arguments in ((3, ["check", "/nowhere/tided.toml"]),
                                    (3, ["run", "--config", "/nowhere"]),
                                    (3, ["step", "--config", "/nowhere", "--policy", "web"]),
                                    (1, ["parse", "/nowhere/page"]),
                                    (1, ["query", "--data", "/nowhere/data", "up"])):
            with self.subTest(arguments=arguments):
                code, out, err = run_tided(*arguments, text="")
                self.assertEqual(code, expected, out + err)
                self.assertIn("/nowhere", err)

    def test_odd_policy_files(self):
        for name, text in (("empty", b""), ("binary", bytes(range(256))), ("bom", b"\xef\xbb\xbf"),
                           ("nul", b"[daemon]\nmode = \"act\0\"\n"), ("deep", b"a=" + b"[" * 20000),
                           ("half", b"[daemon"), ("latin1", b"[daemon]\nlisten = \"\xe9\"\n")):
            with self.subTest(name):
                code, out, err = run_tided("check", self.file(name + ".toml", text, "wb"))
                self.assertIn(code, (0, 3), out + err)
                if code == 3:
                    self.assertRegex(err, name + r"\.toml:\d+:\d+: error: ")

    def test_the_daemon_is_not_there(self):
        socket = os.path.join(self.directory, "none.sock")
        for arguments in (["status"], ["explain", "web"], ["pause", "web"], ["resume", "web"],
                          ["reload"]):
            with self.subTest(arguments=arguments):
                code, out, err = run_tided(*arguments, "--socket", socket)
                self.assertEqual((code, out), (1, ""), err)
                self.assertIn(socket, err)

    def test_commands_on_a_running_daemon(self):
        page = self.page(load=25)
        daemon = self.daemon(pool_toml(page)).start()
        self.eventually(lambda: daemon.policy()["ready"] == 3, "3")
        self.assertIn("web", daemon.cli("status")[1])
        self.assertRegex(daemon.cli("explain", "web")[1], r"web: .*because")
        self.assertIn("source page (scrape): 1 of 1 answering\n", daemon.cli("status")[1])
        self.assertRegex(daemon.cli("status")[1], r"\nweb +web .* stays at 3 because")
        for arguments in (["explain", "nope"], ["pause", "nope"], ["resume", "nope"]):
            code, _, err = daemon.cli(*arguments)
            self.assertEqual(code, 1, arguments)
            self.assertIn("nope", err)
        code, _, err = daemon.cli("pause", "web", "--reason", "night", "--for", "1h")
        self.assertEqual(code, 0, err)
        self.assertIn("night", daemon.policy()["pause"] or "")
        self.assertRegex(daemon.cli("explain", "web")[1],
                         r"\npaused by uid=\d+\(\w+\) until \d{4}-.*Z: night\n")
        page.values["load"] = 45
        self.eventually(lambda: daemon.policy()["metrics"][0]["value"] == 45, "the load is seen")
        self.always(lambda: len(daemon.children()) == 3, "a paused policy does not act", 0.8)
        self.assertEqual(daemon.cli("resume", "web")[0], 0)
        self.eventually(lambda: len(daemon.children()) == 5, "resumed")
        for words in (["--for", "soon"], ["--for", "-1h"]):
            code, _, err = daemon.cli("pause", "web", *words)
            self.assertIn(code, (2, 3), err)
            self.assertTrue(err)

    def test_parse(self):
        code, out, err = run_tided("parse", self.file("page", PAGE))
        self.assertEqual((code, err), (0, ""))
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(r["name"], r["value"]) for r in rows],
                         [("requests_total", "10"), ("requests_total", "NaN"),
                          ("temperature", "-1500")])
        self.assertEqual(rows[0]["labels"], {"code": "200"})
        self.assertIsNone(rows[0]["timestamp_ms"])
        for text in ("a{b=\"c} 1\n", "1a 2\n", "a 1 2 3\n", "a b\n"):
            with self.subTest(text=text):
                code, out, err = run_tided("parse", "-", text=text)
                self.assertEqual(code, 3)
                self.assertRegex(err, r"^-:\d+:\d+: error: ")

    def test_query(self):
        data = self.file("data.om", "# TYPE up gauge\nup{job=\"a\"} 1 100\nup{job=\"b\"} 1 100\n"
                         "# EOF\n")
        code, out, err = run_tided("query", "--data", data, "--time", "110", "sum(up)")
        self.assertEqual((code, err), (0, ""))
        answer = json.loads(out)
        self.assertEqual(answer["data"]["result"][0]["value"], [110, "2"])
        code, out, _ = run_tided("query", "--data", data, "--time", "110", "sum(up")
        self.assertEqual(code, 3)
        self.assertEqual((json.loads(out)["status"], json.loads(out)["errorType"]),
                         ("error", "bad_data"))

    def test_step(self):
        daemon = self.daemon(pool_toml(self.page(load=0)))
        lines = [{"now": 1000, "readings": {"load": 25}, "observed": {"replicas": 1, "ready": 1}},
                 {"now": 1005, "readings": {"load": None}, "observed": {"replicas": 3, "ready": 3}},
                 {"now": 1010, "readings": {"load": 5}, "observed": {"replicas": 3, "ready": 3}}]
        code, out, err = run_tided("step", "--config", daemon.config, "--policy", "web",
                                   text="".join(json.dumps(line) + "\n" for line in lines))
        self.assertEqual((code, err), (0, ""))
        answers = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(a["now"], a["desired"]) for a in answers],
                         [(1000, 3), (1005, 3), (1010, 1)])
        self.assertTrue(all(a["reasons"] for a in answers))
        for text in ("{", "[]", "{\"now\":\"x\"}", "{\"now\":1,\"observed\":{\"replicas\":-1}}"):
            with self.subTest(text=text):
                code, _, err = run_tided("step", "--config", daemon.config, "--policy", "web",
                                         text=text + "\n")
                self.assertEqual(code, 3)
                self.assertIn("1", err, "names the line")

    def test_check_says_what_the_service_will_refuse(self):
        daemon = self.daemon(pool_toml(self.page(load=0)))
        summary = daemon.config + ": 1 policy, 1 pool, 1 source, 1 provider, mode act"
        self.assertEqual(run_tided("check", daemon.config),
                         (0, summary + "; it runs programs: the service needs "
                          "tided.service.d/workers.conf for that\n", ""))
        self.assertEqual(run_tided("check", daemon.config, TIDED_CONFINED="0"),
                         (0, summary + "\n", ""))
        self.assertEqual(run_tided("check", daemon.config, TIDED_CONFINED="1")[0], 3)

    def test_an_unknown_policy_of_a_file(self):
        daemon = self.daemon(pool_toml(self.page(load=0)))
        self.assertEqual(run_tided("step", "--config", daemon.config, "--policy", "wep", text=""),
                         (3, "", f"tided: there is no policy 'wep' in {daemon.config}: "
                                 "did you mean 'web'?\n"))

    def test_state_export_and_import(self):
        page = self.page(load=25)
        daemon = self.daemon(pool_toml(page)).start()
        self.eventually(lambda: daemon.policy()["ready"] == 3, "3")
        state = daemon.directory + "/state"
        code, out, err = run_tided("state", "export", "--state", state)
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"(pid {daemon.process.pid}): stop it first: systemctl stop tided", err)
        daemon.stop()
        self.assertEqual(run_tided("state", "export", "--state", state),
                         run_tided("state", "--state", state, "export"))
        code, out, err = run_tided("state", "--state", daemon.directory + "/state", "export")
        self.assertEqual(code, 0, err)
        exported = json.loads(out)
        copy = os.path.join(self.directory, "copy")
        os.mkdir(copy)
        code, _, err = run_tided("state", "--state", copy, "import", text=out)
        self.assertEqual(code, 0, err)
        again = json.loads(run_tided("state", "--state", copy, "export")[1])
        self.assertEqual(again["policies"], exported["policies"])
        self.assertEqual(again["events"], exported["events"])


if __name__ == "__main__":
    unittest.main()
