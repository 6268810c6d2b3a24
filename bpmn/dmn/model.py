"""The frozen picture of a DMN file: decisions, knowledge and their logic, as written. It holds no behaviour.

`line` is the line in the file, counted from 1. `type` is a typeRef as text, "" when the file gives none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bpmn.model import Language


@dataclass(frozen=True, slots=True)
class LiteralExpression:
    """A text in an expression language (DMN 1.5, 7.3.3). An empty text is null."""

    text: str
    language: Language | None = Language.FEEL  # None: the file does not say, and may mean the JUEL of older Camunda 7
    type: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Input:
    """An input column. `variable` is what cells may call its value beside `?` (Camunda 7: cellInput)."""

    id: str
    label: str
    expression: LiteralExpression
    values: str = ""
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """An output column. `values` lists the allowed values, best first."""

    id: str
    label: str
    name: str
    type: str = ""
    values: str = ""
    default: LiteralExpression | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: one unary test per input, one expression per output. `index` counts from 1."""

    id: str
    index: int
    tests: tuple[LiteralExpression, ...]
    outputs: tuple[LiteralExpression, ...]
    line: int = 0
    annotation: str = ""  # what its author wrote beside it


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision table (DMN 1.5, chapter 8). `hit_policy` and `aggregation` are the words of the specification."""

    hit_policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    type: str = ""
    line: int = 0
    unused_aggregation: str = ""  # one that the hit policy has no use for


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name with a type: a formal parameter, a context entry's variable, a decision's variable."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class ContextBox:
    """A boxed context. An entry without a variable, at the end, is its result."""

    entries: tuple[tuple[Parameter, Logic], ...]
    result: Logic | None = None
    type: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ListBox:
    """A boxed list."""

    items: tuple[Logic, ...]
    type: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Relation:
    """A list of contexts with the same names, written as a table."""

    columns: tuple[Parameter, ...]
    rows: tuple[tuple[Logic, ...], ...]
    type: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function called with named arguments."""

    function: Logic
    arguments: tuple[tuple[str, Logic], ...]
    type: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class FunctionBox:
    """A function definition. `kind` is FEEL or Java."""

    parameters: tuple[Parameter, ...]
    body: Logic | None
    kind: str = "FEEL"
    type: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Conditional:
    """A boxed if."""

    condition: Logic
    yes: Logic
    no: Logic
    type: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class FilterBox:
    """A boxed filter."""

    source: Logic
    condition: Logic
    type: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Iteration:
    """A boxed for, some or every over a list."""

    kind: Literal["for", "some", "every"]
    variable: str
    source: Logic
    body: Logic
    type: str = ""
    line: int = 0


Logic = (
    LiteralExpression
    | DecisionTable
    | ContextBox
    | ListBox
    | Relation
    | Invocation
    | FunctionBox
    | Conditional
    | FilterBox
    | Iteration
)


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A type of the model (DMN 1.5, 7.3.2)."""

    name: str
    type: str = ""
    is_collection: bool = False
    components: tuple[ItemDefinition, ...] = ()
    allowed_values: str = ""
    constraint: str = ""
    is_function: bool = False
    function_result: str = ""
    function_parameters: tuple[Parameter, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class InputData:
    """An input of the model."""

    id: str
    variable: Parameter
    variable_id: str = ""  # some tools let requirements point at the variable
    line: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. `required` and `knowledge` are references: `#id`, or `namespace#id` into an imported file."""

    id: str
    name: str
    variable: Parameter
    logic: Logic | None = None
    required: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    line: int = 0
    version_tag: str = ""  # of Camunda: what bindings by version tag look for


@dataclass(frozen=True, slots=True)
class KnowledgeModel:
    """A business knowledge model: a function with a name."""

    id: str
    variable: Parameter
    function: FunctionBox | None
    knowledge: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class DecisionService:
    """Decisions offered as a function: `inputs` are input data and then decisions, in the order of its parameters."""

    id: str
    variable: Parameter
    outputs: tuple[str, ...]
    input_data: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    line: int = 0


Element = InputData | Decision | KnowledgeModel | DecisionService


@dataclass(frozen=True, slots=True)
class Import:
    """Another DMN file, whose elements are known here as `name.element`; without a name, as they are."""

    name: str
    namespace: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """All of a file."""

    id: str
    name: str
    namespace: str
    is_camunda: bool
    items: tuple[ItemDefinition, ...] = ()
    imports: tuple[Import, ...] = ()
    inputs: tuple[InputData, ...] = ()
    decisions: tuple[Decision, ...] = ()
    knowledge: tuple[KnowledgeModel, ...] = ()
    services: tuple[DecisionService, ...] = ()

    @property
    def elements(self) -> tuple[Element, ...]:
        """Everything with an id that others may refer to."""
        return (*self.inputs, *self.decisions, *self.knowledge, *self.services)
