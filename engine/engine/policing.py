"""Which policies govern a call, and what they are to know of it."""

from __future__ import annotations

from dataclasses import replace

from connectors.base import ModelCall
from engine.engine.base import Verbs
from engine.policies import Facts, Policies
from engine.store import agents
from engine.store.jobs import Job


class PolicyVerbs(Verbs):
    """For the worker, which asks before each call anew: what was registered a moment ago counts for the next one."""

    def governed(self, job: Job, call: ModelCall | None = None) -> tuple[Policies, Facts]:
        """The policies for a job, or for a call of a model within it, and their facts. Secrets are not filled in."""
        facts = Facts(
            process_id=job.process_id,
            element_id=job.element_id,
            instance_key=job.instance_key,
            job_key=job.key,
            job_type=job.type,
            tenant_id=job.tenant_id,
            variables=job.variables,
            headers=job.headers,
        )
        if call is None or self.policies.is_empty:
            return self.policies, facts
        agent_id = call.agent or job.process_id
        with self.store.reading() as tx:
            agent = agents.find(tx, agent_id)
        return self.policies, replace(
            facts,
            agent_id=agent_id,
            agent_version=agent.version if agent else 0,
            risk=agent.card.risk.value if agent else "",
            model=call.model,
            residency=call.residency,
            cost=call.cost,
        )
