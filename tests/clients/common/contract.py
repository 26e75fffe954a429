"""What the Python clients share: the commands of README.md, waiting, and topics' names."""
import sys
import time
import traceback


class NotPossible(Exception):
    """The client cannot do this; the message says why."""


class Broker:
    def __init__(self, bootstrap, prefix, options=None):
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.options = options or {}  # of every client of this broker, in the client's own words

    def name(self, what):
        return f"{self.prefix}-{what}"

    def having(self, **options):
        """The same broker for clients with these options."""
        return Broker(self.bootstrap, self.prefix, options)


def main(version, scenarios):
    """Runs one command. `version` gives the line or raises NotPossible; `scenarios` maps names to functions of a Broker."""
    command, *arguments = sys.argv[1:] or ["help"]
    try:
        if command == "scenarios":
            print("\n".join(sorted(scenarios)))
        elif command in ("version", "prepare"):
            print(version())
        elif command == "scenario":
            name, bootstrap, prefix = arguments
            if name not in scenarios:
                raise NotPossible(f"there is no scenario {name}")
            scenarios[name](Broker(bootstrap, prefix))
        else:
            print("usage: run version | prepare | scenarios | scenario NAME BOOTSTRAP PREFIX")
            return 2
        return 0
    except NotPossible as e:
        print(e, flush=True)
        return 3
    except Exception:  # whatever a client raises is the scenario's failure, and is printed
        traceback.print_exc()
        return 1


def eventually(what, condition, seconds=20):
    """Asks again until the answer is true, and gives it."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def same(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r}, not {expected!r}")


def error_of(action, kinds, what):
    """The exception that the action must end with."""
    try:
        action()
    except kinds as e:
        return e
    raise AssertionError(f"{what}: no error")
