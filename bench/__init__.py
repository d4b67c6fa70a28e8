"""Measurements behind `make bench`: how fast one core of ours is, each thing at two sizes ten times apart.

__main__  which, how often      benchmarks  the list      report  the table and docs/benchmarks.md
stage     stores and processes of our own, each pinned to its core
people    users made in bulk    wire  WebSocket clients that cost next to nothing
crowd     people in rooms of two, and who is how busy meanwhile
    chat signalling recorder browse sweep rehydrate arrivals meetings resume    one measurement each
"""
