"""The clients of a comparison: librdkafka's rdkafka_performance and Apache Kafka's own tools, and what they print."""
import contextlib
import os
import re
import subprocess
import tempfile
import threading

LIMIT_SECONDS = 300


class Clients:
    """Drives one broker; without a bootstrap address librdkafka's mock broker."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.groups = 0

    def create_topic(self, name, partitions):
        java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.bootstrap, "--create", "--if-not-exists", "--topic", name, "--partitions", str(partitions))

    def produce(self, topic, records, size):
        """Produces with acks=all; gives records/s and MB/s from the first send to the last acknowledgement."""
        where = ["-b", self.bootstrap] if self.bootstrap else ["-X", "test.mock.num.brokers=1"]
        output = performance("-P", "-t", topic, *where, "-s", str(size), "-c", str(records), "-a", "-1", "-X", "linger.ms=5", "-X", "batch.size=1000000",
                             "-X", "queue.buffering.max.messages=1000000", "-X", "queue.buffering.max.kbytes=1048576")
        found = re.findall(r"(\d+) messages produced \(\d+ bytes\), (\d+) delivered \([^)]*\) in \d+ms: (\d+) msgs/s and ([\d.]+) MB/s", output)
        if not found or int(found[-1][1]) != records:
            raise SystemExit("rdkafka_performance did not deliver all records:\n" + output[-2000:])
        return measure(float(found[-1][2]), float(found[-1][3]))

    def consume(self, topic, records, pause_ms=1000, eager=False):
        """Consumes everything as a group of one. librdkafka stops fetching a partition of which 100,000 records wait in its queue, for a second unless it is told otherwise: longer than the queue lasts. Eager: its queue is never full."""
        self.groups += 1
        output = performance("-G", f"side-by-side-{self.groups}", "-t", topic, "-b", self.bootstrap, "-c", str(records), "-o", "beginning", "-X", "auto.offset.reset=earliest",
                             "-X", "check.crcs=false", "-X", "enable.auto.commit=false", "-X", f"fetch.queue.backoff.ms={pause_ms}",
                             *(["-X", "queued.min.messages=2000000", "-X", "queued.max.messages.kbytes=2000000"] if eager else []))
        found = re.findall(r"(\d+) messages \(\d+ bytes\) consumed in \d+ms: (\d+) msgs/s \(([\d.]+) MB/s\)", output)
        if not found or int(found[-1][0]) < records:
            raise SystemExit("rdkafka_performance did not consume all records:\n" + output[-2000:])
        return measure(float(found[-1][1]), float(found[-1][2]))

    @contextlib.contextmanager
    def history(self, topic, records):
        """Reads a whole topic again and again until the block ends."""
        stop = threading.Event()

        def read():
            while not stop.is_set():
                self.consume(topic, records)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield
        finally:
            stop.set()
            reader.join()

    def java_produce(self, topic, records, size, rate):
        output = java("org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", str(records), "--record-size", str(size), "--throughput", str(rate),
                      "--producer-props", f"bootstrap.servers={self.bootstrap}", "acks=all", "linger.ms=5", "batch.size=1000000", "buffer.memory=134217728")
        last = output.strip().splitlines()[-1]
        found = re.search(r"sent, ([\d.]+) records/sec \(([\d.]+) MB/sec\), ([\d.]+) ms avg latency, ([\d.]+) ms max latency, (\d+) ms 50th, (\d+) ms 95th, (\d+) ms 99th, (\d+) ms 99.9th", last)
        if not found:
            raise SystemExit("ProducerPerformance said:\n" + output[-2000:])
        numbers = [float(n) for n in found.groups()]
        return measure(numbers[0], numbers[0] * size / 1e6) | {"p50 ms": numbers[4], "p99 ms": numbers[6], "p99.9 ms": numbers[7]}

    def java_consume(self, topic, records):
        output = java("org.apache.kafka.tools.ConsumerPerformance", "--bootstrap-server", self.bootstrap, "--topic", topic, "--num-records", str(records), "--hide-header", "--timeout", "60000")
        cells = output.strip().splitlines()[-1].split(", ")
        if float(cells[4]) < records:
            raise SystemExit("ConsumerPerformance said:\n" + output[-2000:])

        # Without the time that the group took to form, which the tool counts apart.
        return measure(float(cells[9]), float(cells[8]) * 1.048576)

    def end_to_end(self, topic, records):
        """One record at a time, 1 KiB, acks=all: from its send to its arrival."""
        output = java("org.apache.kafka.tools.EndToEndLatency", self.bootstrap, topic, str(records), "all", "1024")
        mean = re.search(r"Avg latency: ([\d.]+) ms", output)
        percentiles = re.search(r"50th = (\d+), 99th = (\d+), 99.9th = (\d+)", output)
        if not mean or not percentiles:
            raise SystemExit("EndToEndLatency said:\n" + output[-2000:])
        return {"mean ms": float(mean.group(1))} | {f"{n} ms": float(v) for n, v in zip(("p50", "p99", "p99.9"), percentiles.groups())}


def measure(records_per_second, megabytes_per_second):
    return {"records/s": records_per_second, "MB/s": megabytes_per_second}


def performance(*arguments):
    return output_of([os.environ["PERFORMANCE_TOOL"], *arguments, "-q", "-X", "log_level=3"])


def java(tool, *arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as quiet:
        quiet.write("Configuration:\n  Loggers: { Root: { level: OFF } }\n")
        quiet.flush()
        return output_of(["java", "-Xmx512m", "-cp", os.environ["KAFKA_HOME"] + "/libs/*", f"-Dlog4j2.configurationFile={quiet.name}", tool, *arguments])


def output_of(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command[:1] + command[-6:])} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout
