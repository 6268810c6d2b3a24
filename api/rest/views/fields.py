"""Field types that several views share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from api.rest.shapes import Key

Names = Annotated[list[str], BeforeValidator(lambda names: sorted(names or ()))]
#: The key of a process definition; the engine calls it definition_key.
ProcessKey = Annotated[Key, Field(validation_alias=AliasChoices("process_key", "definition_key"))]
#: The cursor of a list.
Next = Annotated[str | None, Field(description="Send it as `after` to get the page that follows; null at the end.")]
