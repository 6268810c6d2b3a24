"""What people write down about an AI agent, in a `*.agent.yaml` beside the diagram: who it is, how far it may go."""

from bpmn.agents.card import AgentCard, Limits, RiskClass
from bpmn.agents.given import given_to_models
from bpmn.agents.reader import SUFFIXES, Reading, read

__all__ = ["SUFFIXES", "AgentCard", "Limits", "Reading", "RiskClass", "given_to_models", "read"]
