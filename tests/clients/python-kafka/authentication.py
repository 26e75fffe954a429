"""Who the client is, by SASL PLAIN."""
import logging

from kafka import KafkaProducer
from kafka.errors import NoBrokersAvailable

from contract import error_of, same
from steps import consumer_of, create, produce, read


def authentication(broker):
    security = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", "sasl_plain_username": "alice"}
    alice = broker.having(**security, sasl_plain_password="alice-secret")
    topic = create(alice, broker.name("authentication"), 1)
    produce(alice, [{"topic": topic, "value": b"%d" % n} for n in range(100)])
    consumer = consumer_of(alice, broker.name("group"))
    consumer.subscribe([topic])
    values = []
    for record in read(consumer, lambda: len(values) == 100):
        values.append(int(record.value))
    same(values, list(range(100)), "what alice has read")
    consumer.close()

    # It sends a bare token, to which a refusal is the end of the connection: the client says that there is no broker (docs/FINDINGS.md).
    wrong = {"bootstrap_servers": broker.bootstrap, **security, "sasl_plain_password": "wrong"}
    logged = Logged()
    logging.getLogger("kafka.conn").addHandler(logged)
    error_of(lambda: KafkaProducer(**wrong), NoBrokersAvailable, "a wrong password")
    if not any("<authenticating>" in line and "Error receiving reply from server" in line for line in logged.lines):
        raise AssertionError(f"a wrong password is logged as: {logged.lines}")


class Logged(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())
