"""kafka-python as a client of the matrix."""
import sys

from contract import NotPossible, main


def version():
    try:
        import kafka
        from kafka.codec import has_lz4, has_snappy, has_zstd
    except ImportError as e:
        raise NotPossible(f"kafka is not installed (Debian package python3-kafka): {e}")
    codecs = ["gzip"] + [name for name, has in (("snappy", has_snappy), ("lz4", has_lz4), ("zstd", has_zstd)) if has()]
    return f"kafka-python {kafka.__version__} (codecs: {', '.join(codecs)})"


def scenario(module, function):
    """The client is imported only when it is used."""
    return lambda broker: getattr(__import__(module), function)(broker)


sys.exit(main(version, {
    "produce-consume": scenario("logs", "produce_consume"),
    "codecs": scenario("logs", "codecs"),
    "idempotent": scenario("logs", "idempotent"),
    "group-rebalance": scenario("groups", "rebalance"),
    "commit-resume": scenario("groups", "commit_resume"),
    "admin": scenario("admin", "admin"),
    "errors": scenario("errors", "errors"),
    "authentication": scenario("authentication", "authentication"),
}))
