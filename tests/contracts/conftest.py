"""What these tests need, and may not find."""

from importlib.util import find_spec
from typing import Final

# `make test` collects this folder too, deselects the fuzzer, and has no schemathesis.
collect_ignore: Final = [] if find_spec("schemathesis") else ["test_openapi.py"]
