"""The native executable beside the usual one, in alternating pairs; see tests/native-aot. Medians, and the ratio's interval over the pairs."""
import argparse
import json
import os
import random
import re
import statistics
import subprocess
import time
import urllib.error
import urllib.request

from brokers import Broker, free_port

LIMIT_SECONDS = 120


class Published(Broker):
    """`cloudstream serve` by a published executable, with the time it took until /readyz said so."""

    def __init__(self, name, executable):
        self.name, self.executable, self.ready_seconds, self.server = name, executable, 0.0, ""
        super().__init__()

    def start(self):
        log, port = os.path.join(self.folder, "broker.log"), free_port()
        self.server = f"http://127.0.0.1:{port}"
        began = time.monotonic()
        self.run([self.executable, "serve", "--data", os.path.join(self.folder, "data"), "--http", f"127.0.0.1:{port}", "--kafka", "127.0.0.1:0"], log)
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() - began > LIMIT_SECONDS:
                raise SystemExit(f"{self.name} did not start:\n" + open(log, errors="replace").read()[-2000:])
            time.sleep(0.002)
        self.ready_seconds = time.monotonic() - began
        self.bootstrap = re.search(r"^kafka\s+(\S+)", open(log).read(), re.M).group(1)

    def is_ready(self):
        try:
            return urllib.request.urlopen(self.server + "/readyz", timeout=5).status == 200
        except (urllib.error.URLError, ConnectionError):
            return False


def bench(driver, broker, what, *more):
    """The same client for both brokers: rates by Kafka's protocol."""
    command = [driver, "bench", what, "--protocol", "kafka", "--kafka", broker.bootstrap, "--json", *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, env=dict(os.environ, CLOUDSTREAM_SERVER=broker.server))
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout)["measurements"][-1]


def measure(name, executable, driver, records):
    with Published(name, executable) as broker:
        seen = {"time to ready, ms": broker.ready_seconds * 1000}
        time.sleep(2)
        seen["memory idle, MiB"] = broker.memory("VmRSS") / 2**20
        subprocess.run([driver, "topic", "create", "t", "--partitions", "4", "--server", broker.server], check=True, stdout=subprocess.DEVNULL)
        for what, more in ("produce", ["--warm-up", "300000"]), ("consume", []):
            result = bench(driver, broker, what, "--topic", "t", "--records", str(records), *more)
            seen[f"{what} 1 KiB, records/s"] = result["recordsPerSecond"]
            seen[f"{what} 1 KiB, broker CPU µs/record"] = result["broker"]["cpuMicrosecondsPerRecord"]
        seen["memory at most, MiB"] = broker.memory() / 2**20
        return seen


def interval(ratios):
    """The middle 95 % of medians of what could have been drawn instead (bootstrap, a fixed seed)."""
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(5000))
    return medians[125], medians[-126]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--only")
    options = parser.parse_args()
    executables = {"usual": os.environ["USUAL"], "native": os.environ["NATIVE"]}
    seen = {name: [] for name in executables}
    for pair in range(options.pairs):
        for name in sorted(executables, reverse=pair % 2 == 0):
            seen[name].append(measure(name, executables[name], executables["usual"], options.records))
    print(f"{options.pairs} alternating pairs, {options.records} records each; the usual executable is the client of both.\n")
    print("| measurement | usual | native | native / usual | 95 % |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for what in seen["usual"][0]:
        usual, native = ([run[what] for run in seen[name]] for name in ("usual", "native"))
        ratios = [n / u for n, u in zip(native, usual)]
        low, high = interval(ratios)
        print(f"| {what} | {statistics.median(usual):,.1f} | {statistics.median(native):,.1f} | {statistics.median(ratios):.2f} | {low:.2f} to {high:.2f} |")


if __name__ == "__main__":
    main()
