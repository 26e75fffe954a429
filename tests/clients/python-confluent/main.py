"""confluent-kafka-python (librdkafka) as a client of the matrix."""
import sys

from contract import NotPossible, main


def version():
    try:
        import confluent_kafka
    except ImportError as e:
        raise NotPossible(f"confluent_kafka is not installed (Debian package python3-confluent-kafka): {e}")
    return f"confluent-kafka-python {confluent_kafka.version()[0]} (librdkafka {confluent_kafka.libversion()[0]})"


def scenario(module, function):
    """The client is imported only when it is used."""
    return lambda broker: getattr(__import__(module), function)(broker)


sys.exit(main(version, {
    "produce-consume": scenario("logs", "produce_consume"),
    "codecs": scenario("logs", "codecs"),
    "idempotent": scenario("logs", "idempotent"),
    "group-rebalance": scenario("groups", "rebalance_eager"),
    "group-rebalance-cooperative": scenario("groups", "rebalance_cooperative"),
    "commit-resume": scenario("groups", "commit_resume"),
    "admin": scenario("admin", "admin"),
    "errors": scenario("errors", "errors"),
    "authentication": scenario("authentication", "authentication"),
}))
