"""Compares CloudStream with Apache Kafka under the same clients and prints a Markdown table. Started by tests/side-by-side."""
import argparse
import json
import statistics
import sys
import time

import reading
from brokers import CloudStream, Kafka
from loads import Clients

GIB = 1 << 30


class Run:
    """One target once through all loads; results are numbers by name."""

    def __init__(self, broker, arguments):
        self.broker, self.arguments = broker, arguments
        self.clients = Clients(broker.bootstrap)
        self.results = {}

    def scaled(self, records):
        return max(1000, int(records * self.arguments.scale))

    def load(self, name, payload_bytes, work):
        """Runs a load and notes what the client reports, and what the broker spent on it, its work in the background included."""
        say(f"{self.broker.name}: {name}")
        before = self.broker.cpu_seconds()
        for key, value in work().items():
            self.results[f"{name} {key}"] = value
        self.results[f"{name} cpu-s/GiB"] = (self.broker.settled_cpu_seconds() - before) / (payload_bytes / GIB)
        self.results[f"{name} RSS now"] = self.broker.memory("VmRSS")

    def all(self):
        only = self.arguments.only
        small, large = self.scaled(5_000_000), self.scaled(1_500_000)
        if "produce" in only or "consume" in only or "tail" in only:
            self.clients.create_topic("warm", 6)
            self.clients.produce("warm", self.scaled(1_000_000), 100)
            for topic, records, size in (("small", small, 100), ("large", large, 1024)):
                self.clients.create_topic(topic, 6)
                self.load(f"produce {size} B", records * size, lambda: self.clients.produce(topic, records, size))
        if "consume" in only:
            for topic, records, size in (("small", small, 100), ("large", large, 1024)):
                self.load(f"consume {size} B", records * size, lambda: self.clients.consume(topic, records))
                self.load(f"consume {size} B, no pause", records * size, lambda: self.clients.consume(topic, records, pause_ms=50))
        if "java" in only:
            self.java(self.scaled(1_000_000))
        if "latency" in only:
            self.results.update(named("end to end", self.clients.end_to_end("e2e", self.scaled(10_000))))
        if "tail" in only:
            self.tail(large)
        self.results["peak RSS"] = self.broker.memory("VmHWM")
        return self.results

    def java(self, records):
        self.clients.create_topic("java", 6)
        self.load("Java produce 1 KiB", records * 1024, lambda: self.clients.java_produce("java", records, 1024, -1))
        self.load("Java consume 1 KiB", records * 1024, lambda: self.clients.java_consume("java", records))
        paced = self.scaled(100_000)
        self.load("Java produce 1 KiB at 10,000/s", paced * 1024, lambda: self.clients.java_produce("java", paced, 1024, 10_000))

    def tail(self, records):
        """The same latency, without and with somebody who reads all of a topic again and again meanwhile."""
        self.results.update(named("tail alone", self.clients.end_to_end("tail", self.scaled(5_000))))
        with self.clients.history("large", records):
            self.results.update(named("tail beside a reader of history", self.clients.end_to_end("tail", self.scaled(5_000))))


def named(name, values):
    return {f"{name} {key}": value for key, value in values.items()}


def mock(arguments):
    """librdkafka's broker in memory, inside the client: what the client could do at most. Its topics have 4 partitions; it keeps 5 MB of each, so it is not read from."""
    results = {}
    clients = Clients(None)
    for size, records in ((100, 5_000_000), (1024, 1_500_000)):
        say(f"mock: produce {size} B")
        results.update(named(f"produce {size} B", clients.produce("mock", max(1000, int(records * arguments.scale)), size)))
    return results


def run(target, arguments):
    if target == "mock":
        return mock(arguments)
    with {"kafka": Kafka, "cloudstream": CloudStream}[target]() as broker:
        return Run(broker, arguments).all()


def say(what):
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def text(name, value):
    if value is None:
        return "–"
    if "RSS" in name:
        return f"{value / (1 << 20):,.0f} MiB"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"


def table(results):
    """A row per number, a column per target, and the ratio of CloudStream to Kafka."""
    targets = [t for t in ("kafka", "cloudstream", "mock") if t in results]
    names = list(dict.fromkeys(n for t in targets for n in results[t]))
    print("| |", " | ".join({"kafka": "Kafka", "cloudstream": "CloudStream", "mock": "in-memory mock"}[t] for t in targets), "| CloudStream / Kafka |")
    print("| --- |" + " ---: |" * (len(targets) + 1))
    for name in names:
        values = [results[t].get(name) for t in targets]
        ours, theirs = (results.get(t, {}).get(name) for t in ("cloudstream", "kafka"))
        ratio = f"{ours / theirs:.2f}" if ours is not None and theirs else "–"
        print(f"| {name} |", " | ".join(text(name, v) for v in values), f"| {ratio} |")


def main():
    parser = argparse.ArgumentParser(prog="tests/side-by-side")
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of records")
    parser.add_argument("--repeat", type=int, default=1, help="rounds; the table shows medians")
    parser.add_argument("--targets", default="kafka,cloudstream,mock")
    parser.add_argument("--only", default="produce,consume,java,latency,tail")
    parser.add_argument("--read", type=int, default=0, metavar="PAIRS", help="instead: how both are read, in so many alternating pairs")
    parser.add_argument("--read-only", default="written,cached,cold,java", help="which of them")
    parser.add_argument("--json", help="file for every number of every round")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    if arguments.read:
        reading.compare(arguments.read, arguments.scale, arguments.read_only.split(","))
        return
    rounds, failed = {}, False
    for _ in range(arguments.repeat):
        for target in arguments.targets.split(","):
            try:
                rounds.setdefault(target, []).append(run(target, arguments))
            except SystemExit as failure:
                say(f"{target} failed, and is left out: {failure}")  # What the others showed is not lost.
                failed = True
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rounds, file, indent=1)
    table({t: {n: statistics.median(r[n] for r in rs if n in r) for n in dict.fromkeys(n for r in rs for n in r)} for t, rs in rounds.items() if rs})
    sys.exit(1 if failed else 0)


main()
