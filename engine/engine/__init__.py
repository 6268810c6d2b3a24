"""The verbs: everything that can be asked of Baton, each in one transaction with its audit record."""

from engine.deployments import Deployment, NamedFile
from engine.engine.completing import Completion
from engine.engine.engine import Engine
from engine.engine.governing import AutonomyWish
from engine.engine.work import MOST_CLAIMED
from engine.messages import MessageResult

__all__ = ["MOST_CLAIMED", "AutonomyWish", "Completion", "Deployment", "Engine", "MessageResult", "NamedFile"]
