"""One verb at work: instances are moved by the runtime, and what the moves changed is stored, in one transaction."""

from engine.moves.library import Compiled, Kept, Library
from engine.moves.moves import Moves
from engine.moves.parts import FailedStep, Held, NewDefinition, Start

__all__ = ["Compiled", "FailedStep", "Held", "Kept", "Library", "Moves", "NewDefinition", "Start"]
