"""The promises, one scenario each; tests/CloudStream.Clients.Tests/Promises gives each a test of its own."""
import sys

from contract import NotPossible, main


def version():
    try:
        import confluent_kafka
    except ImportError as e:
        raise NotPossible(f"confluent_kafka is not installed (Debian package python3-confluent-kafka): {e}")
    return f"confluent-kafka-python {confluent_kafka.version()[0]} (librdkafka {confluent_kafka.libversion()[0]})"


def scenario(module, function):
    return lambda broker: getattr(__import__(module), function)(broker)


MODULES = {
    "topics": ["sequential-offsets", "same-key", "no-key", "explicit-partition", "order", "stays-after-reading", "older-offset", "time", "acks"],
    "members": ["independent-groups", "one-member-per-partition", "idle-members", "crash-before-commit", "commit-before-processing"],
    "keeping": ["retention-by-age", "retention-by-size"],
}

sys.exit(main(version, {name: scenario(module, name.replace("-", "_")) for module, names in MODULES.items() for name in names}))
