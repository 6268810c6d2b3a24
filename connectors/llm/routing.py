"""Routes by table: a deployed decision says for each case which models may be asked, and on which terms.

A task or an agent names the decision by the header `baton:routing` (or the input `routing`). The decision sees what the
element sees, and `document` with what code can tell of it (`connectors.llm.documents`). What it says goes before what
the diagram says; a row that is changed and deployed counts for the next job, without deploying the diagram.

| output | what it sets |
|---|---|
| `models` | the models to ask, the cheapest first: a list, or a text with commas. Needed |
| `minConfidence`, `targetError` | when an answer passes (AI tasks; an agent's answers have no confidence) |
| `maxCost` | US dollars for the whole task |
| `residency` | where the case's data may go: a list or a text; models elsewhere, or of unknown place, are not asked |

When no rule matches, nobody has said which model may see the case, and a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.base import Json, Permanent, Request
from connectors.llm import documents

HEADER = "baton:routing"
INPUT = "routing"
CODE = "ROUTING_FAILED"
_OUTPUTS = ("models", "minConfidence", "targetError", "maxCost", "residency")
_LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class Route:
    """What a table said. `said` is empty when no rule matched; `name` is the table with its version, for people."""

    name: str
    said: Mapping[str, Json]

    @property
    def reason(self) -> str:
        """Why no model may be asked; empty when one may."""
        if self.said.get("models"):
            return ""
        what = "names no model" if self.said else "has no rule that matches"
        return f"The routing table {self.name} {what} for this case."


def find(request: Request, document: Json) -> Route | None:
    """The route of a job; None when it names no table. Raises Permanent when that cannot be asked or understood."""
    given = request.headers.get(HEADER) or request.variables.get(INPUT) or ""
    if not given:
        return None
    if not isinstance(given, str) or len(given) > _LONGEST_ID:
        raise Permanent(f"'{request.element_id}': {HEADER} must be the id of a decision.", code=CODE)
    routed = request.route(given.strip(), {"document": documents.facts(document)})
    name = f"'{routed.decision_id}' (version {routed.version})"
    return Route(name, _said(routed.output, name))


def applied(request: Request, route: Route | None) -> Request:
    """The request with what the route says in the place of the diagram's inputs."""
    if route is None:
        return request
    variables = {name: value for name, value in request.variables.items() if name != "models"}
    return replace(request, variables={**variables, **route.said})


def residencies(value: Json) -> tuple[str, ...]:
    """The places that an input or an output `residency` allows; none is no restriction."""
    names = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Permanent("'residency' must be a text or a list of texts, such as \"eu, local\".", code=CODE)
    return tuple(name.strip() for name in names if name.strip())


def elsewhere(place: str, allowed: Sequence[str]) -> str:
    """Why a model whose data stay at `place` must not see the case; empty when it may."""
    if not allowed or place in allowed:
        return ""
    where = f"its data stay in '{place}'" if place else "nobody has said where its data stay"
    return f"{where}, and the case's must stay in {', '.join(allowed)}"


def _said(output: Json, name: str) -> dict[str, Json]:
    """The outputs by name; a table with one output says the models."""
    if output is None:
        return {}
    if isinstance(output, str) or (isinstance(output, list) and all(isinstance(one, str) for one in output)):
        return {"models": output}
    if not isinstance(output, Mapping):
        wanted = "one rule's outputs: use a hit policy that gives one (unique, first, any or priority)"
        raise Permanent(f"The routing table {name} must give {wanted}.", code=CODE)
    if unknown := sorted(set(output) - set(_OUTPUTS)):
        known = ", ".join(_OUTPUTS)
        raise Permanent(f"The routing table {name} has the output '{unknown[0]}'. Known: {known}.", code=CODE)
    return {key: value for key, value in output.items() if value not in (None, "", [])}
