"""A user as he is stored, and the JSON that the live side keeps of him."""

from dataclasses import dataclass, field
from typing import Self

import asyncpg
import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A user as he is stored."""

    user_id: str
    name: str
    gender: str
    account_type: str = "guest"
    paid_status: str = "unpaid"
    selfie_url: str | None = None
    video_url: str | None = None
    socials: dict[str, str] = field(default_factory=dict)
    ban_status: str = "none"
    banned_reason: str | None = None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """Reads the columns that have the names of the fields."""
        return cls(**{name: row[name] for name in _PROFILE})

    @property
    def is_banned(self) -> bool:
        return self.ban_status != "none"

    def card_json(self) -> str:
        """Returns the JSON that others see: {user_id, name, gender, selfie_url, video_url, socials}."""
        return card_json(self.user_id, self.name, self.gender, self.selfie_url, self.video_url, self.socials)

    def me_json(self) -> str:
        """Returns the JSON that the user himself sees: the wire's `Me`."""
        me = {name: getattr(self, name) for name in _ME}
        return orjson.dumps(me).decode()


_PROFILE = tuple(Profile.__dataclass_fields__)
_ME = _PROFILE[:8]


def card_json(
    user_id: str,
    name: str,
    gender: str = "unspecified",
    selfie_url: str | None = None,
    video_url: str | None = None,
    socials: dict[str, str] | None = None,
) -> str:
    """Returns a card as the live side keeps it."""
    card = {
        "user_id": user_id,
        "name": name,
        "gender": gender,
        "selfie_url": selfie_url,
        "video_url": video_url,
        "socials": socials or {},
    }
    return orjson.dumps(card).decode()
