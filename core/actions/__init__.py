"""One function per thing a user or the clock may cause."""
