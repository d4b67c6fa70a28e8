"""Loads sql/queries/*.sql: `-- name: <name>` opens a query, comment lines below it are its documentation."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent.parent.parent / "sql" / "queries"
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def load(page: str) -> Mapping[str, str]:
    """Returns the queries of one page by name. Raises ValueError for a name that comes twice."""
    parts = _NAME.split((FOLDER / f"{page}.sql").read_text())
    queries: dict[str, str] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        if name in queries:
            raise ValueError(f"{page}.sql names {name} twice")
        lines = (line for line in text.strip().splitlines() if not line.startswith("--"))
        queries[name] = "\n".join(lines).rstrip().rstrip(";")
    return MappingProxyType(queries)
