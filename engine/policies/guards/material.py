"""What guards read in messages: the parts that outsiders wrote, and every text of a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from engine.policies.base import Message

Json = Any
Rewrite = Callable[[str], str]

_DOCUMENT = re.compile(r"<document(?:-\w{1,64})?>\n?(.*?)\n?</document(?:-\w{1,64})?>", re.DOTALL)
#: Fields of a message that are no words: they say who speaks, and which call is meant.
_NO_WORDS = frozenset({"role", "id", "tool_call_id", "type", "name"})


def outsiders(messages: Sequence[Message]) -> Iterator[str]:
    """The documents that user messages quote, user messages that quote none, and what tools gave."""
    for message in messages:
        role = message.get("role")
        for text in texts(message.get("content")) if role in ("user", "tool") else ():
            documents = _DOCUMENT.findall(text) if role == "user" else []
            yield from documents or [text]


def rewritten_outsiders(messages: Sequence[Message], rewrite: Rewrite) -> list[Message]:
    """The messages with those parts rewritten."""

    def documents(text: str) -> str:
        if not _DOCUMENT.search(text):
            return rewrite(text)
        return _DOCUMENT.sub(lambda found: found[0].replace(found[1], rewrite(found[1]), 1), text)

    change = {"user": documents, "tool": rewrite}
    return [
        {**one, "content": rewritten(one.get("content"), change[str(one["role"])])}
        if one.get("role") in change
        else one
        for one in messages
    ]


def rewritten_messages(messages: Sequence[Message], rewrite: Rewrite) -> list[Message]:
    """The messages with every text of theirs rewritten, arguments of tools among them."""
    return [
        {name: value if name in _NO_WORDS else rewritten(value, rewrite) for name, value in one.items()}
        for one in messages
    ]


def rewritten(value: Json, rewrite: Rewrite) -> Json:
    """A JSON value with every text in it rewritten; names of fields stay, and ids of calls."""
    match value:
        case str():
            return rewrite(value)
        case list():
            return [rewritten(one, rewrite) for one in value]
        case Mapping():
            return {name: one if name in _NO_WORDS else rewritten(one, rewrite) for name, one in value.items()}
    return value


def texts(value: Json) -> Iterator[str]:
    """Every text in a JSON value, without the names of fields."""
    match value:
        case str():
            yield value
        case list() | tuple():
            for one in value:
                yield from texts(one)
        case Mapping():
            for one in value.values():
                yield from texts(one)


def at_path(value: Json, path: str) -> Json:
    """What stands at `a.b.c` in a value; None where nothing does."""
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value
