"""What Prometheus hears of this node. Counting is a dictionary's `+= 1`; the work is done when somebody scrapes.

Label values are names of the protocol (types, codes, reasons): a bounded number, never a user's words.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
"""From a local answer to a client's patience."""


class Metrics(Collector):
    """This node's counters. `states` gives how many connections are in each state now."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self.closed: Counter[int] = Counter()
        self.turned_away: Counter[str] = Counter()
        self.tally: Mapping[str, int] = {}
        """Invites and rooms of the whole installation, by how they ended; read from the lobby before each scrape."""
        self.states: Callable[[], Mapping[str, int]] = dict
        self._handled: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS_S) + 1))
        self._handling_s: Counter[str] = Counter()
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def handled(self, name: str, seconds: float) -> None:
        """Counts one answered request."""
        self._handled[name][bisect_left(BUCKETS_S, seconds)] += 1
        self._handling_s[name] += seconds  # type: ignore[assignment]

    def collect(self) -> Iterator[Metric]:
        """Yields everything; called for each scrape."""
        connections = GaugeMetricFamily("cresset_connections", "Open websockets by state.", labels=["state"])
        for state, number in self.states().items():
            connections.add_metric([state], number)
        yield connections
        yield _counter("cresset_connections_closed", "Websockets that ended, by close code.", "code", self.closed)
        yield _counter("cresset_upgrades_refused", "Upgrades refused, by reason.", "reason", self.turned_away)
        messages = CounterMetricFamily(
            "cresset_messages", "Messages by direction and type.", labels=["direction", "type"]
        )
        for direction, counts in (("in", self.received), ("out", self.sent)):
            for name, number in counts.items():
                messages.add_metric([direction, name], number)
        yield messages
        refusals = CounterMetricFamily("cresset_refusals", "Requests answered `failed`.", labels=["type", "code"])
        for (name, code), number in self.refused.items():
            refusals.add_metric([name, code], number)
        yield refusals
        yield self._handling()
        yield from self._installation()

    def _handling(self) -> Metric:
        handling = HistogramMetricFamily(
            "cresset_handling_seconds", "From a request's arrival to its answer being sent.", labels=["type"]
        )
        for name, counts in self._handled.items():
            total = 0
            buckets = []
            for bound, number in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
                total += number
                buckets.append((bound, total))
            handling.add_metric([name], buckets, self._handling_s[name])
        return handling

    def _installation(self) -> Iterator[Metric]:
        """The same on every node: take the max, not the sum."""
        for prefix, name, label, text in (
            ("invite_", "cresset_invites_ended", "outcome", "Invites of the whole installation by outcome."),
            ("room_", "cresset_rooms_ended", "reason", "Rooms of the whole installation by reason of their end."),
        ):
            counts = {key.removeprefix(prefix): n for key, n in self.tally.items() if key.startswith(prefix)}
            yield _counter(name, f"{text} The same on every node: take the max.", label, counts)


def _counter(name: str, text: str, label: str, counts: Mapping[str, int] | Mapping[int, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for key, number in counts.items():
        family.add_metric([str(key)], number)
    return family
