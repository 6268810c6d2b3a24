"""What people write down about a policy, in a `*.policy.yaml`: where it is asked, about what, and what decides."""

from bpmn.policies.columns import findings as column_findings
from bpmn.policies.document import POINTS, PolicyDocument, PolicyScope
from bpmn.policies.reader import RULE, SUFFIXES, PolicyReading, read

__all__ = ["POINTS", "RULE", "SUFFIXES", "PolicyDocument", "PolicyReading", "PolicyScope", "column_findings", "read"]
