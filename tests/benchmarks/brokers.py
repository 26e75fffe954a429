"""The brokers of a comparison: each a process of its own on a fresh folder and free ports of the loopback address, ended by its id."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """A broker that runs. `name` is its column in the table."""

    name = ""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix=f"side-by-side-{self.name}-")
        self.process = None
        self.bootstrap = ""

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, command, log):
        self.process = subprocess.Popen(command, stdout=open(log, "wb"), stderr=subprocess.STDOUT, cwd=self.folder)

    def wait_until(self, is_ready, log, seconds=60):
        end = time.monotonic() + seconds
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{self.name} did not start:\n" + open(log, errors="replace").read()[-2000:])
            time.sleep(0.1)

    def cpu_seconds(self):
        """User and system time of the process so far."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def settled_cpu_seconds(self, seconds=20):
        """The same, once what the load left to do in the background is done: a second with less than 5 % of a core, or `seconds`."""
        end = time.monotonic() + seconds
        before = self.cpu_seconds()
        while time.monotonic() < end:
            time.sleep(1)
            now = self.cpu_seconds()
            if now - before < 0.05:
                break
            before = now
        return self.cpu_seconds()

    def memory(self, field="VmHWM"):
        """Resident memory in bytes: VmRSS now, VmHWM at most so far."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"{field}:\s+(\d+) kB", status.read()).group(1)) * 1024


class CloudStream(Broker):
    """The embedded default, as the README starts it: a folder, everything fsynced before it is acknowledged."""

    name = "cloudstream"

    def start(self):
        log = os.path.join(self.folder, "broker.log")
        data = os.path.join(self.folder, "data")
        self.run([os.environ["CLOUDSTREAM"], "serve", "--data", data, "--http", "127.0.0.1:0", "--kafka", "127.0.0.1:0"], log)
        self.wait_until(lambda: "ready" in open(log).read().split(), log)
        self.bootstrap = re.search(r"^kafka\s+(\S+)", open(log).read(), re.M).group(1)


class Kafka(Broker):
    """Apache Kafka with its own defaults: acknowledged from the page cache, without fsync."""

    name = "kafka"
    PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""

    def start(self):
        port, controller = free_port(), free_port()
        properties = os.path.join(self.folder, "server.properties")
        with open(properties, "w") as file:
            file.write(self.PROPERTIES.format(port=port, controller=controller, folder=self.folder))
        with open(os.path.join(self.folder, "log4j2.yaml"), "w") as file:
            file.write('Configuration:\n  Appenders: { Console: { name: C, PatternLayout: { pattern: "%d %p %m%n" } } }\n  Loggers: { Root: { level: WARN, AppenderRef: [ { ref: C } ] } }\n')
        java = ["java", "-Xms1G", "-Xmx1G", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-cp", os.environ["KAFKA_HOME"] + "/libs/*",
                f"-Dlog4j2.configurationFile={self.folder}/log4j2.yaml"]
        subprocess.run(java + ["kafka.tools.StorageTool", "format", "-t", "vM1B23JcTdm56CYLqCcHNQ", "-c", properties], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        log = os.path.join(self.folder, "broker.log")
        self.run(java + ["kafka.Kafka", properties], log)
        self.bootstrap = f"127.0.0.1:{port}"
        self.wait_until(lambda: answers(port), log)
        time.sleep(3)  # the socket is open a little before the broker is of use


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
