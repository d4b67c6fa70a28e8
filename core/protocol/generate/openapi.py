"""HTTP as an OpenAPI 3.1 document."""

from itertools import groupby
from typing import Any, Final

from msgspec import Struct

from core.protocol.client import PROTOCOL
from core.protocol.codes import ERROR_CODES
from core.protocol.generate.schema import HTTP_STRUCTS, QUERIES, Schema, components, referred, text_of
from core.protocol.http import ROUTES
from core.protocol.http.base import Problem, Route, problems_of
from core.protocol.http.health import Readiness

INTRODUCTION: Final = "Errors are RFC 9457 problem+json; `code` is what programs look at."
HTTP_UNAVAILABLE: Final = 503


def document() -> str:
    """Returns docs/protocol/openapi.json."""
    schemas = components(HTTP_STRUCTS)
    for query in QUERIES:
        schemas.pop(query.__name__)  # told as parameters
    return text_of(
        {
            "openapi": "3.1.0",
            "info": {"title": "Cresset, HTTP", "version": f"{PROTOCOL}.0.0", "description": INTRODUCTION},
            "servers": [{"url": "/"}],
            "paths": _paths(),
            "components": {
                "schemas": schemas,
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer"},
                    "admin": {"type": "http", "scheme": "bearer", "description": "from POST /admin/sessions"},
                },
                "headers": {
                    "Retry-After": {
                        "description": "whole seconds; `retry_after_ms` is exact",
                        "schema": {"type": "integer", "minimum": 1},
                    }
                },
            },
        }
    )


def operation_id(route: Route) -> str:
    """Returns a name for a route: get_me, post_guests, get_history_room_id."""
    words = route.path.removeprefix("/api/v1").replace("{", "").replace("}", "").strip("/").replace("/", "_")
    return f"{route.method.lower()}_{words}"


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return paths


def _operation(route: Route) -> Schema:
    operation: Schema = {"operationId": operation_id(route), "summary": route.summary}
    if route.needs_token:
        operation["security"] = [{"admin" if route.needs_admin else "token": []}]
    if parameters := _parameters(route):
        operation["parameters"] = parameters
    if route.body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": referred(route.body)}}}
    if route.takes:
        operation["requestBody"] = {"required": True, "content": {kind: {} for kind in route.takes}}
    operation["responses"] = _responses(route)
    return operation


def _parameters(route: Route) -> list[Schema]:
    in_path = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in route.path.split("/")
        if part.startswith("{")
    ]
    if route.query is None:
        return in_path
    properties = components([route.query])[route.query.__name__]["properties"]
    return in_path + [
        {"name": name, "in": "query", "required": False, "schema": _not_null(schema)}
        for name, schema in properties.items()
    ]


def _not_null(schema: Schema) -> Schema:
    """An optional parameter is left out, never null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    return kinds[0] if kinds else schema


def _responses(route: Route) -> Schema:
    responses: Schema = {str(route.status): _answer(route.answer, "done")}
    if route.gives:
        responses[str(route.status)] = {"description": "done", "content": {kind: {} for kind in route.gives}}
    if route.answer is Readiness:
        responses[str(HTTP_UNAVAILABLE)] = _answer(Readiness, "not ready")
    problems = sorted((ERROR_CODES[code] for code in problems_of(route)), key=lambda each: each.status or 0)
    for status, codes in groupby(problems, key=lambda each: each.status):
        meanings = [f"`{each.code}`: {each.meaning}" for each in codes]
        response: Schema = {
            "description": "; ".join(meanings),
            "content": {"application/problem+json": {"schema": referred(Problem)}},
        }
        if status in {429, HTTP_UNAVAILABLE}:
            response["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
        responses[str(status)] = response
    return responses


def _answer(struct: type[Struct] | None, description: str) -> Schema:
    if struct is None:
        return {"description": description}
    return {"description": description, "content": {"application/json": {"schema": referred(struct)}}}
