"""How fast and at what cost both brokers are read: side by side, pair by pair, so that what else the machine does meets both alike."""
import os
import statistics
import sys
import time

from brokers import CloudStream, Kafka
from loads import Clients

GIB = 1 << 30
TARGETS = (Kafka, CloudStream)
SIZES = {"100 B": (100, 4_000_000), "1 KiB": (1024, 1_000_000)}


def compare(pairs, scale, only):
    """Prints a table: for each load the medians of both and of the pairs' ratios, with the lowest and the highest ratio."""
    with Kafka() as kafka, CloudStream() as cloudstream:
        sides = [Side(kafka, scale), Side(cloudstream, scale)]
        rows = {}
        for name, (size, records) in SIZES.items():
            count = int(records * scale)
            if "written" in only:
                rows[f"just written, {name}"] = alternate(sides, pairs, lambda s, i: s.written(size, count))
            for side in sides:
                side.fill(f"history-{size}", size, count)
            for reader in ("librdkafka", "Java"):
                if reader == "Java" and ("java" not in only or size == 100):
                    continue
                title = name if reader == "librdkafka" else f"{name}, Java"
                if "cached" in only:
                    for side in sides:
                        side.read(f"history-{size}", size, count, reader)  # into the page cache
                    rows[f"in the page cache, {title}"] = alternate(sides, pairs, lambda s, i: s.read(f"history-{size}", size, count, reader))
                if "cold" in only:
                    rows[f"cold, {title}"] = alternate(sides, pairs, lambda s, i: s.cold(f"history-{size}", size, count, reader))
        plain = [cloudstream_plain(cloudstream) for _ in range(3)] if "cold" in only else []
        table(rows)
        if plain:
            print(f"\nA plain sequential read of CloudStream's files, dropped from the page cache before: {statistics.median(plain):,.0f} MiB/s.")
        print("\nResident memory at its peak:", ", ".join(f"{s.broker.name} {s.broker.memory() >> 20:,} MiB" for s in sides))


class Side:
    """One broker that is read."""

    def __init__(self, broker, scale):
        self.broker, self.clients, self.topics = broker, Clients(broker.bootstrap), 0
        self.fill("warm", 100, int(1_000_000 * scale))
        for _ in range(3):
            self.clients.consume("warm", int(1_000_000 * scale), eager=True)

    def fill(self, topic, size, records):
        self.clients.create_topic(topic, 6)
        try:
            self.clients.produce(topic, records, size)
        except SystemExit as failure:
            if f"{records} delivered" not in str(failure):
                raise  # Now and then rdkafka_performance miscounts what it has sent by one.

    def written(self, size, records):
        self.topics += 1
        topic = f"written-{size}-{self.topics}"
        self.fill(topic, size, records)
        return self.read(topic, size, records, "librdkafka")

    def cold(self, topic, size, records, reader):
        drop(self.broker.folder)
        return self.read(topic, size, records, reader)

    def read(self, topic, size, records, reader):
        self.broker.settled_cpu_seconds(10)
        before = self.broker.cpu_seconds()
        read = self.clients.consume(topic, records, eager=True) if reader == "librdkafka" else self.clients.java_consume(topic, records)
        time.sleep(0.2)
        return {"MB/s": read["MB/s"], "cpu-s/GiB": (self.broker.cpu_seconds() - before) / (records * size / GIB)}


def alternate(sides, pairs, measure):
    """Both sides one after the other, who comes first in turn. A first pair does not count: both compile what they run while they run it."""
    results = [[], []]
    for i in range(-1, pairs):
        for side in (0, 1) if i % 2 == 0 else (1, 0):
            measured = measure(sides[side], i)
            if i >= 0:
                results[side].append(measured)
        if i >= 0:
            print(f"{time.strftime('%H:%M:%S')} {[r[-1] for r in results]}", file=sys.stderr, flush=True)
    return results


def drop(folder):
    """Writes a folder's files out and drops them from the page cache."""
    for path in files(folder):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue  # merged or expired meanwhile
        try:
            os.fdatasync(file)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)


def cloudstream_plain(broker):
    """MiB/s at which the broker's objects are read from one end to the other."""
    drop(broker.folder)
    buffer, total, begin = bytearray(1 << 20), 0, time.monotonic()
    for path in files(os.path.join(broker.folder, "data", "objects")):
        try:
            with open(path, "rb", buffering=0) as file:
                while count := file.readinto(buffer):
                    total += count
        except FileNotFoundError:
            continue
    return total / (1 << 20) / (time.monotonic() - begin)


def files(folder):
    return sorted(os.path.join(where, name) for where, _, names in os.walk(folder) for name in names)


def table(rows):
    print("| read | | Kafka | CloudStream | CloudStream / Kafka | lowest to highest |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for name, (kafka, cloudstream) in rows.items():
        for key in ("MB/s", "cpu-s/GiB"):
            theirs, ours = [r[key] for r in kafka], [r[key] for r in cloudstream]
            ratios = sorted(o / t for o, t in zip(ours, theirs) if t)
            shown = [f"{statistics.median(v):,.0f}" if key == "MB/s" else f"{statistics.median(v):.2f}" for v in (theirs, ours)]
            print(f"| {name} | {key} | {shown[0]} | {shown[1]} | {statistics.median(ratios):.2f} | {ratios[0]:.2f} to {ratios[-1]:.2f} |")
