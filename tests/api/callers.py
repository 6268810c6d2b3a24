"""What callers do, for the tests of the API."""

from __future__ import annotations

import io
from typing import Any

from flask.testing import FlaskClient

from engine.actors import Actor, ActorKind, Role

ROOT = Actor("root", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))


def upload(client: FlaskClient, *files: tuple[str, bytes], path: str = "/api/v1/deployments", **form: str) -> Any:
    """Send files as a multipart form; other keyword arguments are plain fields."""
    data: dict[str, Any] = {**form, "files": [(io.BytesIO(content), name) for name, content in files]}
    return client.post(path, data=data, content_type="multipart/form-data")
