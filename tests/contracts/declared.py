"""Is what a server said exactly what the protocol declares: this name, these fields, these types, and no others?"""

from typing import Any

import msgspec

from core.protocol.generate.schema import name_of
from core.protocol.server import PUSHES, REPLIES

_REPLIES = {name_of(struct): struct for struct in REPLIES}
_PUSHES = {name_of(struct): struct for struct in PUSHES}


def hold_to_the_declaration(said: dict[str, Any]) -> None:
    """Fails where a message differs from its declaration, a missing or foreign field at any depth included."""
    declared = _REPLIES if "ref" in said or said["type"] == "failed" else _PUSHES
    assert said["type"] in declared, f"nothing of this name is declared: {said}"
    try:
        message = msgspec.convert(said, declared[said["type"]])
    except msgspec.ValidationError as error:
        raise AssertionError(f"{error}: {said}") from None
    assert msgspec.to_builtins(message) == said
