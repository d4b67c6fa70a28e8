"""Credentials for TURN relays that share a secret with us.

coturn's `use-auth-secret`, after draft-uberti-behave-turn-rest-00: the user name says until when it holds, the password
is its HMAC, so a relay checks it without asking anybody.
"""

import base64
import hashlib
import hmac
import math
from typing import NamedTuple


class Credentials(NamedTuple):
    """What a relay lets in."""

    username: str
    password: str
    expires_at_ms: int


def credentials(secret: str, user_id: str, now_s: float, ttl_s: float) -> Credentials:
    """Returns credentials of a user from `now_s`, in seconds since 1970, for `ttl_s` seconds."""
    expires_s = math.floor(now_s + ttl_s)
    username = f"{expires_s}:{user_id}"
    mac = hmac.new(secret.encode(), username.encode(), hashlib.sha1)  # what the draft names, and coturn speaks
    return Credentials(username, base64.b64encode(mac.digest()).decode(), expires_s * 1000)
