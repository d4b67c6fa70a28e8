"""Writes what others read of the protocol, from its declaration and nothing else.

schema.py      JSON Schemas of every struct
asyncapi.py    docs/protocol/asyncapi.json     the WebSocket, AsyncAPI 3
openapi.py     docs/protocol/openapi.json      HTTP, OpenAPI 3.1
typescript.py  web/client/protocol.d.ts        types for clients
pages.py       docs/protocol/*.md              for people
"""

from pathlib import Path

from core.protocol.generate import asyncapi, openapi, pages, typescript


def outputs() -> dict[Path, str]:
    """Returns every generated file by its path below the root; the same declaration gives the same bytes."""
    docs = Path("docs/protocol")
    return {
        docs / "asyncapi.json": asyncapi.document(),
        docs / "openapi.json": openapi.document(),
        docs / "README.md": pages.overview(),
        docs / "socket.md": pages.socket(),
        docs / "payloads.md": pages.payloads(),
        docs / "codes.md": pages.codes(),
        docs / "http.md": pages.http(),
        Path("web/client/protocol.d.ts"): typescript.document(),
    }


def write(root: Path) -> list[Path]:
    """Writes what is not current below `root`; returns what was."""
    stale = outdated(root)
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(outputs()[path], encoding="utf-8")
    return stale


def outdated(root: Path) -> list[Path]:
    """Returns the generated files below `root` that are missing or say something else than the declaration."""
    return [path for path, text in outputs().items() if _text(root / path) != text]


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
