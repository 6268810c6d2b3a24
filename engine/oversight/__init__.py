"""What the audit trail says of AI at work: per case and per system, from its records alone. Pure."""

from engine.oversight.calls import AiCall, ReviewOfCall
from engine.oversight.cases import CaseReport, case_report
from engine.oversight.report import OversightReport, Span, Trail, report

__all__ = ["AiCall", "CaseReport", "OversightReport", "ReviewOfCall", "Span", "Trail", "case_report", "report"]
