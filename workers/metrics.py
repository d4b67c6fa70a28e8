"""What a worker tells of itself. Gauges that every worker sees alike (lag, waiting, age) are to be read as max()."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

LAG_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
JOB_BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 30, 120)


class Metrics:
    """One process's figures."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self.recorded = Counter("cresset_journal_entries", "Journal entries recorded", ["family"], registry=registry)
        self.buried = Counter(
            "cresset_journal_dead_letters", "Journal entries that became dead letters", ["family"], registry=registry
        )
        self.record_lag = Histogram(
            "cresset_record_lag_seconds",
            "From a journal entry's writing to its commit in PostgreSQL, of the oldest in each batch",
            buckets=LAG_BUCKETS,
            registry=registry,
        )
        self.journal_lag = Gauge(
            "cresset_journal_lag_seconds", "Age of the oldest entry not recorded (max)", ["family"], registry=registry
        )
        self.journal_waiting = Gauge(
            "cresset_journal_waiting_entries", "Entries in the journal (max)", ["family"], registry=registry
        )
        self.journal_behind = Gauge(
            "cresset_journal_behind",
            "1: Redis lost entries that PostgreSQL has (max)",
            ["family"],
            registry=registry,
        )
        self.sweep_age = Gauge(
            "cresset_sweep_age_seconds", "Since a family was last swept (max)", ["family"], registry=registry
        )
        self.swept = Counter("cresset_swept_members", "Deadlines that were due and settled", registry=registry)
        self.jobs = Counter("cresset_jobs", "Jobs by outcome", ["job", "result"], registry=registry)
        self.job_seconds = Histogram(
            "cresset_job_seconds", "How long jobs ran", ["job"], buckets=JOB_BUCKETS, registry=registry
        )
        self.pruned = Counter("cresset_pruned_rows", "Rows deleted by retention", ["job"], registry=registry)
        self.delivered = Counter(
            "cresset_outbox_delivered", "Leftovers of the outbox that were applied", registry=registry
        )
        self.restarts = Counter(
            "cresset_worker_restarts", "Times arq's worker was started again", ["queue"], registry=registry
        )
