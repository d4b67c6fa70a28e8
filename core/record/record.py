"""The record as one object."""

from typing import Self

from core.errors import Unavailable
from core.record.accounts import Accounts
from core.record.audit import Audit
from core.record.bans import Bans
from core.record.blocks import Blocks
from core.record.codes import Codes
from core.record.database import Database
from core.record.dead_letters import DeadLetters
from core.record.export import Export
from core.record.history import History
from core.record.insight import Insight
from core.record.intros import Intros
from core.record.ip_bans import IpBans
from core.record.journal import Journal
from core.record.limits import Limits
from core.record.operators import Operators
from core.record.outbox import Outbox
from core.record.payments import Payments
from core.record.reports import Reports
from core.record.resets import Resets
from core.record.retention import Retention
from core.record.rooms import Rooms
from core.record.sessions import Sessions
from core.record.shards import Shards
from core.record.users import Users
from core.settings import Settings

POOL_SIZE = 10
"""Connections of one process: PostgreSQL allows 100 by default, ten processes share them."""


class Record:
    """PostgreSQL, by subject."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.users = Users(database, code_uses=settings.code_uses)
        self.payments = Payments(database)
        self.codes = Codes(database, uses=settings.code_uses)
        self.sessions = Sessions(database)
        self.accounts = Accounts(database)
        self.resets = Resets(database)
        self.rooms = Rooms(database)
        self.history = History(database)
        self.export = Export(database)
        self.intros = Intros(database)
        self.journal = Journal(database, unlock_at=settings.qr_unlock_at, code_uses=settings.code_uses)
        self.shards = Shards(database)
        self.limits = Limits(database)
        self.outbox = Outbox(database)
        self.blocks = Blocks(database)
        self.reports = Reports(database, settings.reports_to_ban)
        self.bans = Bans(database)
        self.ip_bans = IpBans(database)
        self.insight = Insight(database)
        self.operators = Operators(database)
        self.audit = Audit(database)
        self.dead_letters = DeadLetters(database)
        self.retention = Retention(database, settings)

    @classmethod
    async def connect(cls, settings: Settings, *, size: int = POOL_SIZE, name: str = "cresset") -> Self:
        """Makes the pool. Nothing is connected yet: a node may start while PostgreSQL is away."""
        return cls(await Database.open(settings.database_url, size=size, name=name), settings)

    async def close(self) -> None:
        await self.database.close()

    async def is_there(self) -> bool:
        """True when PostgreSQL answers now."""
        try:
            return bool(await self.database.fetchval("select true"))
        except Unavailable:
            return False
