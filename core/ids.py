"""Identifiers: UUIDv7 strings, room ids that name their shard, incarnations and connection ids."""

import secrets

import uuid_utils

INCARNATION_BYTES = 6
"""48 bits: two processes of one installation never draw the same one in practice."""


def new_id() -> str:
    """Returns a UUIDv7 in its 36 character form."""
    return str(uuid_utils.uuid7())


def new_room_id(shard: int) -> str:
    """Returns a UUIDv7 whose last byte is `shard` (0..255), so that the id alone finds the room."""
    return f"{new_id()[:-2]}{shard:02x}"


def shard_of(room_id: str) -> int:
    """Returns the shard in which a room lives."""
    return int(room_id[-2:], 16)


def new_incarnation() -> str:
    """Returns a name for this run of this process: 12 hexadecimal digits, never used again."""
    return secrets.token_hex(INCARNATION_BYTES)


def incarnation_of(connection_id: str) -> str:
    """Returns the incarnation that holds a connection: the part before the dot."""
    return connection_id.partition(".")[0]
