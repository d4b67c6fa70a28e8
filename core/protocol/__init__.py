"""The wire, declared once: every message, payload, code and HTTP body, and nothing of what they mean to the rules.

    codes.py      error codes and close codes, each with its meaning
    payloads.py   the objects inside messages: Me, Card, Invite, RoomState, Message, ...
    client.py     what clients may say            decode(frame) -> ClientMessage
    server.py     what they hear                  encode(message) -> bytes
    bodies.py     is what they said any good?     pure checks, Refusal("invalid_body")
    http/         bodies and routes of /api/v1, by subject
    exchanges.py  which answer and which pushes belong to which request

docs/protocol/ and web/client/protocol.d.ts are generated from these files: `python -m core.protocol generate`.
"""
