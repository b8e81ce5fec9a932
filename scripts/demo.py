"""The run of scripts/demo: see there."""
import argparse
import ctypes
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

PR_SET_PDEATHSIG = 1
SALES_PER_SECOND = 40
SETTLE_SECONDS = 90


class Failure(Exception):
    pass


def http(method, url, body=None, headers=None, timeout=5):
    """(status, text); status 0 when there is no answer."""
    request = urllib.request.Request(url, data=None if body is None else body.encode(), method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent():
    os.setsid()  # Ctrl-C is for the demo, which stops the others in order
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Children:
    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def start(self, name, argv, env=None, stdout=None):
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen([str(a) for a in argv], env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                                   stdout=stdout or log, stderr=log, preexec_fn=die_with_parent)
        log.close()
        self.running.append((name, process))
        return process

    def stop_all(self):
        for name, process in reversed(self.running):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    print(f"{name} does not stop; killing it", file=sys.stderr)
                    process.kill()
                    process.wait()
        self.running.clear()


class Partner:
    def __init__(self, children, binary, schemas, name, arguments):
        self.name = name
        process = children.start(
            name, [binary, "--partner", name, "--port", 0, "--control-port", 0, "--state-dir", children.folder / f"{name}-state",
                   "--schema", schemas / f"{name}-receipt.schema.json", *arguments], stdout=subprocess.PIPE)
        ports = json.loads(process.stdout.readline() or "{}")
        if "port" not in ports:
            raise Failure(f"the simulator of {name} did not start")
        self.url = f"http://127.0.0.1:{ports['port']}"
        self.control = f"http://127.0.0.1:{ports['control_port']}"

    def fault(self, mode):
        http("POST", self.control + "/_fault", json.dumps({"mode": mode}), {"Content-Type": "application/json"})

    def stats(self):
        return json.loads(http("GET", self.control + "/_stats")[1] or "{}")

    def receipts(self):
        return [json.loads(line) for line in http("GET", self.control + "/_receipts")[1].splitlines()]


class Demo:
    def __init__(self, options):
        self.options = options
        self.top, self.build = options.top, options.build
        self.receipts = self.top / "tests/support/receipts"
        self.configs = self.top / "configs/receipts"
        self.folder = Path(tempfile.mkdtemp(prefix="weir-demo-"))
        self.children = Children(self.folder)
        self.warehouse = self.folder / "warehouse.db"
        self.api_key = secrets.token_hex(16)
        self.rest = f"http://127.0.0.1:{free_port()}"
        self.ingest = f"http://127.0.0.1:{free_port()}"
        self.seed = int(time.time()) if options.kafka else 7
        self.started = time.monotonic()
        self.reports = {}
        self.refused = []
        self.watching = threading.Event()

    def say(self, text):
        print(f"{time.monotonic() - self.started:6.1f} s  {text}", flush=True)

    # ---- start ---------------------------------------------------------------------------------------------------
    def prepare(self):
        loaded = subprocess.run([sys.executable, self.receipts / "load_products", "--sqlite", self.warehouse], check=True,
                                capture_output=True, text=True)
        with sqlite3.connect(self.warehouse) as database:
            database.execute("PRAGMA journal_mode=WAL")
        self.say(f"warehouse {self.warehouse}: {loaded.stdout.strip()}")
        simulator = self.build / "test-bin/partner_simulator"
        client, hmac, key = secrets.token_hex(12), secrets.token_hex(12), secrets.token_hex(12)
        schemas = self.configs / "schemas"
        self.onepass = Partner(self.children, simulator, schemas, "onepass", ["--client-id", "weir", "--client-secret", client])
        self.slyp = Partner(self.children, simulator, schemas, "slyp", ["--api-key", key, "--hmac-secret", hmac])
        self.say(f"OnePass {self.onepass.url}, Slyp {self.slyp.url} (simulators)")
        keys = self.folder / "api-keys"
        keys.write_text(f"till:{hashlib.sha256(self.api_key.encode()).hexdigest()}::*\n")
        keys.chmod(0o600)
        self.env = {
            "KAFKA_BOOTSTRAP_SERVERS": self.options.kafka or "embedded", "WEIR_LISTENER": self.rest, "INGEST_LISTENER": self.ingest,
            "INGEST_API_KEYS_FILE": str(keys), "RECEIPTS_SCHEMAS": str(schemas), "ONEPASS_URL": self.onepass.url + "/v1/receipts",
            "ONEPASS_TOKEN_URL": self.onepass.url + "/oauth/token", "ONEPASS_CLIENT_ID": "weir", "ONEPASS_CLIENT_SECRET": client,
            "SLYP_URL": self.slyp.url + "/v1/receipts", "SLYP_API_KEY": key, "SLYP_HMAC_SECRET": hmac,
            "WAREHOUSE_ODBC": f"Driver=SQLite3;Database={self.warehouse};Timeout=10000", "WAREHOUSE_PASSWORD": "",
        }

    def start_worker(self):
        argv = [self.build / "bin/weir", "worker", "--config", self.configs / "worker/worker.properties", "--connectors", self.configs]
        if not self.options.kafka:
            argv.append("--embedded")
        self.worker = self.children.start("worker", argv, self.env)
        began = time.monotonic()
        self.wait("the worker's REST API", 60, lambda: http("GET", self.rest + "/")[0] == 200)
        self.say(f"worker {self.rest}: first REST answer after {time.monotonic() - began:.2f} s, log {self.folder}/worker.log")
        names = sorted(json.loads(file.read_text())["name"] for file in self.configs.glob("*.json"))
        self.wait("the connectors", 60, lambda: all(self.running(name) for name in names))
        self.wait("the ingest", 60, lambda: http("GET", self.ingest + "/health/ready")[0] == 200)
        self.say(f"running: {', '.join(names)}; ingest {self.ingest}")

    def wait(self, what, seconds, condition):
        deadline = time.monotonic() + seconds
        while not condition():
            if self.worker.poll() is not None:
                raise Failure(f"the worker ended with status {self.worker.returncode}")
            if time.monotonic() > deadline:
                raise Failure(f"waited {seconds} s for {what}")
            time.sleep(0.1)

    # ---- what the worker says ---------------------------------------------------------------------------------------
    def status(self, connector):
        code, text = http("GET", f"{self.rest}/connectors/{connector}/status")
        return json.loads(text) if code == 200 else {}

    def running(self, connector):
        status = self.status(connector)
        states = [status.get("connector", {}).get("state")] + [task["state"] for task in status.get("tasks", [])]
        if "FAILED" in states:
            raise Failure(f"{connector} failed: {json.dumps(status)}")
        return len(states) > 1 and set(states) == {"RUNNING"}

    def breaker(self, connector):
        return self.status(connector).get("weir", {}).get("breaker", {}).get("state", "-")

    def lag(self, connector):
        return self.status(connector).get("weir", {}).get("lag", 0)

    def samples(self, name):
        """(labels, value) of a metric."""
        for line in http("GET", self.rest + "/metrics")[1].splitlines():
            match = re.fullmatch(re.escape(name) + r"(?:\{(.*)\})? (\S+)(?: \d+)?", line)
            if match:
                yield dict(re.findall(r'(\w+)="([^"]*)"', match[1] or "")), float(match[2])

    def dead_letters(self):
        return int(sum(value for _, value in self.samples("kafka_connect_task_error_metrics_deadletterqueue_produce_requests")))

    def rows(self):
        try:
            database = sqlite3.connect(f"file:{self.warehouse}?mode=ro", uri=True, timeout=5)
            try:
                return database.execute("SELECT count(*) FROM RECEIPTS").fetchone()[0]
            finally:
                database.close()
        except sqlite3.Error:
            return 0  # the table is made with the first row

    # ---- sales -----------------------------------------------------------------------------------------------------
    def generate(self, *arguments):
        made = subprocess.run([sys.executable, self.receipts / "generate", "--count", str(self.options.sales), "--seed", str(self.seed),
                               "--keyed", *arguments], check=True, capture_output=True, text=True, encoding="utf-8")
        return [line.split("\t", 1) for line in made.stdout.split("\n") if line]

    def post(self, name, sales):
        source, report = self.folder / f"{name}.txt", self.folder / f"{name}.report"
        source.write_text("".join(f"{key}\t{body}\n" for key, body in sales), encoding="utf-8")
        poster = self.children.start(f"post-{name}", [
            self.build / "test-bin/post_sales", "--port", self.ingest.rsplit(":", 1)[1], "--api-key", self.api_key, "--connections", 4,
            "--rate", SALES_PER_SECOND, "--report", report, source])
        poster.wait()
        for line in report.read_text().splitlines() if report.exists() else ():
            key, status = line.rsplit(" ", 1)
            self.reports[key] = int(status)

    def post_invalid(self):
        samples = self.folder / "samples"
        subprocess.run([sys.executable, self.receipts / "generate", "--samples", samples], check=True, stdout=subprocess.DEVNULL)
        for file in sorted((samples / "invalid").iterdir()):
            status, text = http("POST", self.ingest + "/v1/store/transactions", file.read_text(encoding="utf-8"),
                                {"X-API-Key": self.api_key, "Content-Type": "application/json"})
            answer = json.loads(text or "{}")
            first = (answer.get("errors") or [{}])[0]
            reason = f"{first['pointer'] or '/'}: {first['detail']}" if first else answer.get("detail", text)
            self.refused.append((file.stem, status, reason))

    def watch(self):
        """A line a second until the run is over."""
        while not self.watching.wait(1):
            try:
                accepted = int(sum(v for l, v in self.samples("weir_source_acked_total") if l.get("connector") == "ingest"))
                self.say(f"in Kafka {accepted:4} | refused {len(self.refused)} | OnePass {self.onepass.stats().get('accepted', 0):4} "
                         f"{self.breaker('onepass'):9} lag {self.lag('onepass'):3} | Slyp {self.slyp.stats().get('accepted', 0):4} "
                         f"{self.breaker('slyp')} lag {self.lag('slyp')} | warehouse {self.rows():4} | dead letters {self.dead_letters()}")
            except (ValueError, KeyError, TypeError):
                continue  # something is just stopping

    def run_sales(self):
        sales = self.generate()
        self.expected = {target: {key: json.loads(body) for key, body in self.generate("--expected", target) if body != "null"}
                         for target in ("onepass", "slyp", "warehouse")}
        first, second = len(sales) * 4 // 10, len(sales) * 8 // 10
        self.say(f"posting {len(sales)} sales (seed {self.seed}), {SALES_PER_SECOND} a second")
        watcher = threading.Thread(target=self.watch, daemon=True)
        watcher.start()
        try:
            self.post("first", sales[:first])
            self.say("posting invalid sales")
            self.post_invalid()
            self.say("OnePass goes down")
            self.onepass.fault("refuse")
            self.post("second", sales[first:second])
            self.wait("the breaker of onepass to open", 30, lambda: self.breaker("onepass") in ("OPEN", "HALF_OPEN"))
            time.sleep(2)
            self.say("OnePass comes back")
            self.onepass.fault("none")
            self.post("third", sales[second:])
            self.wait_settled()
        finally:
            self.watching.set()
            watcher.join()

    def wait_settled(self):
        self.say("all posted; waiting until everything is where it belongs")
        accepted = {key for key, status in self.reports.items() if 200 <= status < 300}
        wanted = {name: len(accepted & set(documents)) for name, documents in self.expected.items()}
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            if (self.onepass.stats().get("accepted", 0) >= wanted["onepass"] and self.slyp.stats().get("accepted", 0) >= wanted["slyp"]
                    and self.rows() >= wanted["warehouse"] and self.breaker("onepass") == "CLOSED"):
                return
            if self.worker.poll() is not None:
                raise Failure(f"the worker ended with status {self.worker.returncode}")
            time.sleep(0.2)
        self.say(f"not everything has arrived after {SETTLE_SECONDS} s")

    # ---- the end ---------------------------------------------------------------------------------------------------
    def check_partner(self, partner, accepted, problems):
        expected = {key: document for key, document in self.expected[partner.name].items() if key in accepted}
        received, posts = {}, 0
        for receipt in partner.receipts():
            key = receipt["id"]
            posts += receipt["posts"]
            if key in received:
                problems.append(f"{partner.name}: {key} was accepted twice")
            received[key] = receipt
            if receipt["idempotency_key"] != key:
                problems.append(f"{partner.name}: {key} came under the idempotency key {receipt['idempotency_key']}")
            if key not in expected and not self.options.kafka:  # a cluster may still hold receipts of an earlier run
                problems.append(f"{partner.name}: {key} is not meant for it")
            elif key in expected and receipt["body"] != expected[key]:
                problems.append(f"{partner.name}: {key} differs from what is expected")
        for key in expected:
            if key not in received:
                problems.append(f"{partner.name}: {key} is missing")
        stats = partner.stats()
        if stats["repeats_under_another_key"] or stats["repeats_with_another_body"]:
            problems.append(f"{partner.name}: a receipt was repeated under another key or with another body")
        return len(received), len(expected), stats["repeats"]

    def check_warehouse(self, accepted, problems):
        database = sqlite3.connect(self.warehouse, timeout=10)
        database.row_factory = sqlite3.Row
        counts, total = {}, 0
        try:
            for row in database.execute("SELECT * FROM RECEIPTS"):
                key, total = row["RECEIPT_ID"], total + 1
                counts[key] = counts.get(key, 0) + 1
                expected = self.expected["warehouse"].get(key)
                if expected is None:
                    if not self.options.kafka:
                        problems.append(f"warehouse: {key} was never posted")
                    continue
                found = {**dict(row), "PAYLOAD": json.loads(row["PAYLOAD"]), "TO_ONEPASS": bool(row["TO_ONEPASS"]),
                         "TO_SLYP": bool(row["TO_SLYP"])}
                if found != expected:
                    problems.append(f"warehouse: the row of {key} differs from what is expected")
        except sqlite3.Error as error:
            problems.append(f"warehouse: {error}")
        finally:
            database.close()
        for key in accepted:
            if counts.get(key, 0) != 1:
                problems.append(f"warehouse: {key} has {counts.get(key, 0)} rows")
        return total

    def summary(self):
        accepted = {key for key, status in self.reports.items() if 200 <= status < 300}
        problems = [f"ingest: {key} was answered {status or 'not at all'}" for key, status in self.reports.items() if key not in accepted]
        problems += [f"ingest: the invalid sample {name} was answered {status}" for name, status, _ in self.refused if not 400 <= status < 500]
        if len(self.reports) != self.options.sales:
            problems.append(f"ingest: {len(self.reports)} of {self.options.sales} sales were posted")
        one = self.check_partner(self.onepass, accepted, problems)
        slyp = self.check_partner(self.slyp, accepted, problems)
        rows = self.check_warehouse(accepted, problems)
        letters = self.dead_letters()
        if letters:
            problems.append(f"{letters} dead letters, none expected")
        transitions = [(labels.get("breaker", ""), labels.get("to", ""), labels.get("reason", ""), int(value))
                       for labels, value in self.samples("weir_breaker_transitions_total") if value]
        if not any(to == "OPEN" and breaker in self.onepass.url for breaker, to, _, _ in transitions):
            problems.append("the breaker of OnePass did not open")
        names = {self.onepass.url[7:]: "OnePass", self.slyp.url[7:]: "Slyp"}
        print(f"\n{'Sales accepted':34}{len(accepted):6} of {self.options.sales}")
        print(f"{'Invalid sales refused':34}{sum(400 <= s < 500 for _, s, _ in self.refused):6} of {len(self.refused)}")
        for name, status, reason in self.refused:
            print(f"    {name:20}{status}  {reason}")
        print(f"{'Receipts at OnePass':34}{one[0]:6} of {one[1]}, {one[2]} repeated under the same key")
        print(f"{'Receipts at Slyp':34}{slyp[0]:6} of {slyp[1]}, {slyp[2]} repeated under the same key")
        print(f"{'Rows in the warehouse':34}{rows:6} of {len(accepted)}")
        print(f"{'Dead letters':34}{letters:6}")
        print("Breaker transitions")
        for breaker, to, reason, count in sorted(transitions):
            print(f"    {names.get(breaker, breaker):20}to {to:10}{count:4}  {reason}")
        for problem in problems[:20]:
            print(f"PROBLEM  {problem}")
        if len(problems) > 20:
            print(f"PROBLEM  and {len(problems) - 20} more")
        return not problems

    def run(self):
        ok = False
        try:
            self.prepare()
            self.start_worker()
            self.run_sales()
            ok = self.summary()
        except Failure as failure:
            print(f"demo: {failure}", file=sys.stderr)
        finally:
            self.watching.set()
            self.say("stopping the worker and the partners")
            worker_status = self.stop()
        if ok and worker_status != 0:
            print(f"demo: the worker ended with status {worker_status}", file=sys.stderr)
            ok = False
        if not ok:
            log = self.folder / "worker.log"
            if log.exists():
                print("end of the worker's log:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-20:]), file=sys.stderr)
        if ok and not os.environ.get("WEIR_KEEP_TEMP"):
            shutil.rmtree(self.folder)
        else:
            print(f"kept: {self.folder}", file=sys.stderr)
        print("\nEvery accepted sale is where it belongs, exactly once." if ok else "\nThe demo failed.")
        return 0 if ok else 1

    def stop(self):
        worker = getattr(self, "worker", None)
        self.children.stop_all()
        return worker.returncode if worker else 0


def main():
    parser = argparse.ArgumentParser(prog="demo")
    parser.add_argument("--top", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--kafka")
    parser.add_argument("--sales", type=int, default=300)
    options = parser.parse_args()
    if options.sales < 20 or (options.sales > 2000 and not options.kafka):
        parser.error("--sales: from 20 to 2000 (the embedded broker keeps 5 MB a partition; more with --kafka)")

    def interrupted(number, _frame):
        raise SystemExit(128 + number)  # the children are stopped on the way out

    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)
    sys.exit(Demo(options).run())


if __name__ == "__main__":
    main()
