"""What a vendor library's exception means for the cascade: try again, next model, and whether it may have cost money.

litellm renames what the vendor's client raised, so the whole chain of causes is looked at, by class name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.llm.call import CallFailed, Trouble

# Most special first; litellm's own classes before statuses (ai.md 8.4).
_MEANING: Sequence[tuple[str, Trouble]] = (
    ("ContextWindowExceededError", Trouble.MODEL),
    ("ContentPolicyViolationError", Trouble.MODEL),
    ("AuthenticationError", Trouble.MODEL),
    ("PermissionDeniedError", Trouble.MODEL),
    ("NotFoundError", Trouble.MODEL),
    ("UnprocessableEntityError", Trouble.MODEL),
    ("BadRequestError", Trouble.MODEL),
    ("RateLimitError", Trouble.TRANSPORT),
    ("Timeout", Trouble.TRANSPORT),
)
_COME_AGAIN = frozenset({408, 409, 425, 429})
_NEVER_ARRIVED = frozenset({"ConnectError", "ConnectTimeout", "ConnectionRefusedError"})
_BROKE_OFF = frozenset({"Timeout", "APITimeoutError", "APIConnectionError", "TransportError"})
_LONGEST_MESSAGE = 300
# Vendors quote the start and end of a wrong key in their messages.
_LIKE_A_KEY = re.compile(r"\b(?:sk|key|pk)-[\w*.-]+")


def failure_of(problem: Exception, *, key: str = "") -> CallFailed:
    """The failure as the cascade sees it; its text holds no key, and at most a few hundred characters."""
    names = {cls.__name__ for link in _chain(problem) for cls in type(link).__mro__}
    broke_off = bool(names & _BROKE_OFF) and not names & _NEVER_ARRIVED
    return CallFailed(_trouble(problem), _text(problem, key), after_seconds=_wish(problem), may_be_billed=broke_off)


def _chain(problem: BaseException | None) -> Iterator[BaseException]:
    for _ in range(10):
        if problem is None:
            return
        yield problem
        problem = problem.__cause__ or problem.__context__


def _trouble(problem: Exception) -> Trouble:
    own = {cls.__name__ for cls in type(problem).__mro__}
    for name, meaning in _MEANING:
        if name in own:
            return meaning
    status = getattr(problem, "status_code", None)
    if isinstance(status, int) and 400 <= status < 500 and status not in _COME_AGAIN:
        return Trouble.MODEL
    # What is unknown costs a bounded number of tries; giving up on a model would cost a person's time.
    return Trouble.TRANSPORT


def _text(problem: Exception, key: str) -> str:
    text = re.sub(r"\s+", " ", str(problem)).strip()
    text = re.sub(r"^(?:litellm\.)?(?:\w+Error: )*(?:litellm\.)?", "", text)
    if len(key) > 4:
        text = text.replace(key, "***")
    return f"{type(problem).__name__}: {_LIKE_A_KEY.sub('***', text)[:_LONGEST_MESSAGE]}"


def _wish(problem: Exception) -> float | None:
    """The Retry-After header, in seconds."""
    places: tuple[Any, ...] = (
        getattr(problem, "litellm_response_headers", None),
        getattr(getattr(problem, "response", None), "headers", None),
    )
    for headers in places:
        if isinstance(headers, Mapping) or hasattr(headers, "get"):
            try:
                return max(0.0, float(headers.get("retry-after")))
            except (TypeError, ValueError):
                continue
    return None
