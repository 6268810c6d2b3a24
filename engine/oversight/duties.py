"""What the AI Act asks to be recorded, and where a report holds it; what only the deployer can say is said so.

The wording of the articles is ours and short: Regulation (EU) 2024/1689 is the text that counts. A report is evidence,
not compliance, and Article 12 binds high-risk systems alone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Duty:
    """`where` names parts of the report; empty: `missing` says what a person has to add."""

    article: str
    asks: str
    where: tuple[str, ...]
    missing: str = ""


DUTIES = (
    Duty(
        "Annex IV 1(a)",
        "intended purpose, provider, version and how it relates to earlier ones",
        ("agents", "processes"),
    ),
    Duty("Annex IV 2(a), 2(c)", "how the system is built and what it rests on", ("agents", "processes")),
    Duty("Annex IV 2(e), Art. 14", "human oversight: who may look, decide, override and stop", ("reviews", "stops")),
    Duty("Art. 14(4)(a), (b)", "people understand the limits and do not follow blindly", ("reviews", "accuracy")),
    Duty("Art. 14(4)(d), (e)", "disregard, override, stop", ("reviews", "stops")),
    Duty("Annex IV 2(g), Art. 15", "accuracy, with its uncertainty", ("accuracy",)),
    Duty("Art. 9, Annex IV 5", "risk management: which rules held what back", ("policies", "use")),
    Duty("Art. 12(1), 12(2)", "events are recorded over the lifetime of the system", ("trail", "use")),
    Duty("Art. 19(1), 26(6)", "logs are kept at least six months", ("trail", "deletions")),
    Duty(
        "Annex IV 6, Art. 12(2)(a)", "changes over the lifetime, substantial ones among them", ("agents", "processes")
    ),
    Duty("Art. 72, Annex IV 9", "monitoring after placing on the market", ("accuracy", "use", "incidents")),
    Duty(
        "Art. 73", "serious incidents", ("incidents",), "Whether an incident is a serious one is a person's judgement."
    ),
    Duty("Art. 10", "data governance of training, validation and test data", (), "The model's vendor states it."),
    Duty("Art. 26(7), 26(11), 50", "workers and persons concerned are informed", (), "The deployer keeps the notices."),
    Duty("Art. 27", "impact assessment on fundamental rights", (), "The deployer makes it where it applies."),
)
