"""Selfies and intro videos: where their bytes lie, and what they may be.

storage.py  Storage: what any store of files can do        local.py   the one in a folder
kinds.py    which kinds there are; what bytes really are
images.py   JPEG, PNG, WebP: their size, and what of them strangers may see
videos.py   MP4, WebM: their length, and the same

A name is random and says its kind: nothing about its owner follows from it, and nothing else is ever looked up.
"""
