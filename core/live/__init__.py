"""The live state: what is true right now, in Redis."""
