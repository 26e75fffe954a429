"""Who the client is, by SASL PLAIN."""
from confluent_kafka import KafkaError, Producer

from contract import eventually, same
from steps import Sending, consumer_of, create, dotted, read


def authentication(broker):
    alice = broker.having(security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN", sasl_username="alice", sasl_password="alice-secret")
    topic = create(alice, broker.name("authentication"), 1)
    sending = Sending(alice)
    for n in range(100):
        sending.send(topic, value=b"%d" % n)
    sending.flush()
    consumer = consumer_of(alice, broker.name("group"))
    consumer.subscribe([topic])
    values = []
    for message in read(consumer, lambda: len(values) == 100):
        values.append(int(message.value()))
    same(values, list(range(100)), "what alice has read")
    consumer.close()

    errors = []
    wrong = Producer({"bootstrap.servers": broker.bootstrap, "error_cb": errors.append, **dotted({**alice.options, "sasl_password": "wrong"})})

    def told():
        wrong.poll(0.1)
        return [e.str() for e in errors if e.code() == KafkaError._AUTHENTICATION]

    (first, *_) = eventually("a wrong password is told", told)
    if "Invalid username or password" not in first:
        raise AssertionError(f"a wrong password is told as: {first}")
