"""What the routes find in their application."""

from typing import Final

from aiohttp import web

from core.actions.service import Service
from web.api.readiness import Health

SERVICE: Final = web.AppKey("service", Service)
HEALTH: Final = web.AppKey("health", Health)
