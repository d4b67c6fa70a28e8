"""The rules read aloud."""
