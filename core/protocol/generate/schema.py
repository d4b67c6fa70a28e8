"""JSON Schemas of the protocol's structs, as a client may rely on them."""

import json
from collections.abc import Sequence
from typing import Any, Final

from msgspec import UNSET, Struct, structs
from msgspec.inspect import StructType, multi_type_info
from msgspec.json import schema_components

from core.protocol import client, http, server
from core.protocol.http.base import Problem
from core.protocol.payloads import SAFE_INTEGER

Schema = dict[str, Any]

REF: Final = "#/components/schemas/"

HTTP_STRUCTS: Final[tuple[type[Struct], ...]] = tuple(
    dict.fromkeys(
        struct
        for route in http.ROUTES
        for struct in (route.body, route.query, route.answer, Problem)
        if struct is not None
    )
)
QUERIES: Final = tuple(dict.fromkeys(route.query for route in http.ROUTES if route.query is not None))
"""What stands behind a question mark: told as parameters."""
SOCKET_STRUCTS: Final[tuple[type[Struct], ...]] = (*client.CLIENT_MESSAGES, *server.SERVER_MESSAGES)


def components(roots: Sequence[type[Struct]]) -> dict[str, Schema]:
    """Returns the schemas of these structs and of everything inside them, by name, in the order of names.

    What the server says is complete: of its structs every field is required that is not marked as left out at times,
    and defaults are no client's business.
    """
    _, schemas = schema_components(roots, ref_template=REF + "{name}")
    for struct in structs_in(roots):
        if not struct.__struct_config__.forbid_unknown_fields and struct not in QUERIES:
            _complete(schemas[struct.__name__], struct)
    return {name: schemas[name] for name in sorted(schemas)}


def name_of(message: type[Struct]) -> str:
    """Returns the protocol's name of a message: its `type`."""
    return str(message.__struct_config__.tag)


def referred(struct: type[Struct]) -> Schema:
    """Returns a reference to a struct's schema."""
    return {"$ref": REF + struct.__name__}


def text_of(document: Schema) -> str:
    """Returns a document as the text of a file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def typescript_type(schema: Schema) -> str:
    """Returns a schema as a TypeScript type; only what this protocol uses is understood."""
    match schema:
        case {"$ref": str(ref)}:
            return ref.removeprefix(REF)
        case {"anyOf": list(choices)}:
            return " | ".join(typescript_type(choice) for choice in choices)
        case {"enum": list(values)}:
            return " | ".join(json.dumps(value) for value in values)
        case {"type": "array", "items": dict(items)}:
            inner = typescript_type(items)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"Record<string, {typescript_type(values)}>"
        case {"type": "object"}:
            return "Record<string, unknown>"
        case {"type": "integer" | "number"}:
            return "number"
        case {"type": "string" | "boolean" | "null" as name}:
            return str(name)
    raise ValueError(f"no TypeScript for {schema}")


def description_of(schema: Schema) -> str:
    """Returns what is said of a field, its bounds included."""
    said = [schema["description"]] if "description" in schema else []
    for part in (schema, *schema.get("anyOf", ())):
        said += [part["description"]] if part is not schema and not said and "description" in part else []
        if "minimum" in part and part.get("maximum") != SAFE_INTEGER:
            said.append(f"{part['minimum']} to {part['maximum']}")
        said += [f"at most {part['maxLength']} characters"] if "maxLength" in part else []
        said += [f"`{part['pattern']}`"] if "pattern" in part and not said else []
        said += [f"{schema['default']} by default"] if part is schema and schema.get("default") else []
    return "; ".join(said)


def structs_in(roots: Sequence[type[Struct]]) -> list[type[Struct]]:
    found: dict[type[Struct], None] = {}
    _collect(multi_type_info(roots), found)
    return list(found)


def _collect(node: object, found: dict[type[Struct], None]) -> None:
    """Walks what msgspec knows of a type: its nodes are structs, tuples of them, or plain values."""
    if isinstance(node, StructType):
        if node.cls in found:
            return
        found[node.cls] = None
    if isinstance(node, tuple | list):
        for each in node:
            _collect(each, found)
    elif isinstance(node, Struct):
        for each in structs.astuple(node):
            _collect(each, found)


def _complete(schema: Schema, struct: type[Struct]) -> None:
    absent_at_times = {field.encode_name for field in structs.fields(struct) if field.default is UNSET}
    schema["required"] = [name for name in schema["properties"] if name not in absent_at_times]
    for each in schema["properties"].values():
        each.pop("default", None)
