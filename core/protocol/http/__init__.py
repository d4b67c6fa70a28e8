"""HTTP as it is spoken under /api/v1: what is sent, what is answered, with what it is refused.

base.py      Body, Answer, Problem, Route    what every route has in common; errors are one shape, Problem
accounts.py  signing up, logging in and out, oneself
export.py    all that is held of oneself
codes.py     invite codes
history.py   past meetings
moderation.py  reports, blocks, the public blacklist
admin*.py    operators: logging in, and what they have done
intros.py    introducing people, notifications
webhooks.py  what the payment provider tells
media.py     selfies and videos
turn.py      credentials for relays
health.py    whether a process is well
"""

from typing import Final

from core.protocol.http import (
    accounts,
    admin,
    admin_insight,
    admin_moderation,
    codes,
    export,
    health,
    history,
    intros,
    media,
    moderation,
    turn,
    webhooks,
)
from core.protocol.http.base import Route

ROUTES: Final[tuple[Route, ...]] = (
    *accounts.ROUTES,
    *export.ROUTES,
    *codes.ROUTES,
    *history.ROUTES,
    *moderation.ROUTES,
    *admin.ROUTES,
    *admin_moderation.ROUTES,
    *admin_insight.ROUTES,
    *intros.ROUTES,
    *webhooks.ROUTES,
    *media.ROUTES,
    *turn.ROUTES,
    *health.ROUTES,
)
"""Every route there is so far."""
