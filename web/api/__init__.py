"""HTTP: signing up, looking back, and whether this process is well. It translates, and decides nothing.

    problem.py     Refusal -> problem+json            the one place
    middleware.py  around every request               problems, security headers
    reading.py     bytes -> typed bodies and queries
    callers.py     whose token it is, and how often he may ask
    guests.py sessions.py resets.py me.py export.py   the users' routes: who they are
    codes.py history.py moderation.py intros.py media.py turn.py         and what they do
    admin*.py webhooks.py health.py                   everybody else's

`install` adds all of it to an application.
"""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from core.actions.service import Service
from web.api import (
    admin,
    admin_insight,
    admin_moderation,
    codes,
    export,
    guests,
    health,
    history,
    intros,
    me,
    media,
    moderation,
    resets,
    sessions,
    turn,
    webhooks,
)
from web.api.middleware import addresses, problems, security_headers
from web.api.readiness import Health
from web.api.wiring import HEALTH, SERVICE

ROUTES: Final = (
    *(guests, sessions, resets, me, export, codes, history, moderation, intros, media, turn),
    *(admin, admin_moderation, admin_insight, webhooks, health),
)


def install(app: web.Application, service: Service, *, is_draining: Callable[[], bool] = lambda: False) -> None:
    """Adds the routes and what surrounds every request (pages and upgrades of the same application included)."""
    app[SERVICE] = service
    app[HEALTH] = Health(service, is_draining)
    app.middlewares.extend((problems, addresses))
    app.on_response_prepare.append(security_headers)
    for module in ROUTES:
        app.add_routes(module.routes)


def install_health(app: web.Application, service: Service, *, is_draining: Callable[[], bool] = lambda: False) -> None:
    """Adds /healthz and /readyz alone: for the metrics port."""
    app[HEALTH] = Health(service, is_draining)
    app.middlewares.append(problems)
    app.add_routes(health.routes)
