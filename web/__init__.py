"""Sockets and HTTP: translates, decides nothing."""
