"""The records that a client produces, and the check of those that come back. Everything about a record follows from its number."""
import time

COUNT = 100_000
KEYS = 1000
PADDING = "abcdefghijklmnopqrstuvwxyz" * 2
START = int(time.time() * 1000) - 600_000  # within every retention


def key(n):
    return b"key-%d" % (n % KEYS)


def value(n):
    return f"value-{n}-{PADDING}".encode()


def headers(n):
    return [("n", b"%d" % n), ("bytes", b"\x00\xff\xfe"), ("empty", b""), ("n", b"again")]


def timestamp(n):
    return START + n


class Check:
    """Sees every record that was read, in the order in which it was read, and knows the number of each by its value."""

    def __init__(self, count=COUNT, with_headers=True):
        self.count = count
        self.with_headers = with_headers
        self.seen = bytearray(count)
        self.total = 0
        self.next_offset = {}
        self.last = {}
        self.home = {}

    def see(self, partition, offset, record_key, record_value, record_headers, record_timestamp):
        n = int(record_value.split(b"-", 2)[1])
        expected = self.next_offset.get(partition, 0)
        if offset != expected:
            raise AssertionError(f"partition {partition}: offset {offset} where {expected} is due")
        self.next_offset[partition] = expected + 1
        if self.seen[n]:
            raise AssertionError(f"record {n} twice (the second at {partition}:{offset})")
        self.seen[n] = 1
        self.total += 1
        if n <= self.last.get(partition, -1):
            raise AssertionError(f"partition {partition}: record {n} behind {self.last[partition]}")
        self.last[partition] = n
        if (record_key, record_value, record_timestamp) != (key(n), value(n), timestamp(n)):
            raise AssertionError(f"record {n} came back as {record_key!r} {record_value!r} {record_timestamp}")
        if self.with_headers and record_headers != headers(n):
            raise AssertionError(f"record {n}: headers {record_headers!r}")
        if self.home.setdefault(record_key, partition) != partition:
            raise AssertionError(f"{record_key!r} in partitions {self.home[record_key]} and {partition}")

    def all_seen(self):
        return self.total == self.count

    def finish(self, partitions):
        if not self.all_seen():
            raise AssertionError(f"{self.total} of {self.count} records read; the first missing is {self.seen.index(0)}")
        if len(self.next_offset) != partitions:
            raise AssertionError(f"records in {len(self.next_offset)} of {partitions} partitions")
