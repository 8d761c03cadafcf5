"""A run of the living bank against a running service, from the first question to the last file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from service.errors import Refused
from service.progress import Progress, silent
from service.simulate.live.client import Call, Client
from service.simulate.live.founding import bank_again, greet, meet
from service.simulate.live.life import Life
from service.simulate.live.plan import Plan
from service.simulate.live.truth import write_truth
from service.simulate.live.weeks import Week

KEPT = "train: refused, the model in force stays"
"""What the job says when it trained and did not promote."""


def live(url: str, key: str, plan: Plan, folder: Path | None = None, progress: Progress = silent) -> list[Week]:
    """Lets the simulated bank live on against the service at `url`; the summary of each week.

    The service must have imported the very bank that `plan.size` and `plan.until` describe, run in development mode
    (its clock is moved) and know a `key` with the scopes shelf:read, events:write, catalogue:read, catalogue:write,
    customers:write and, for `plan.jobs`, model:admin. The truth is written into `folder`, if one is given, also of the
    weeks before a failure. `progress` is called with (stage, done, total). Raises Refused with one line when the
    service is another bank's, does not answer, refuses a call, a job fails, or, at the end, when it rejected an event.
    """
    plan.check()
    client = Client(url, key)
    try:
        greet(client)  # a wrong address or key is worth knowing before the bank is made again
        bank = bank_again(plan, progress)
        life = Life(client, bank, plan, meet(client, bank))
        weeks: list[Week] = []
        try:
            for number in range(plan.weeks):
                progress("living", number, plan.weeks)
                weeks.append(life.week(number))
                done = {job: run_job(client, job) for job in plan.jobs_after(number)}
                weeks[-1] = dataclasses.replace(weeks[-1], promoted=int(done.get("train", False)))
            progress("living", plan.weeks, plan.weeks)
        finally:
            if folder is not None and weeks:
                write_truth(life, weeks, folder)
        _complain(life)
        return weeks
    finally:
        client.close()


def _complain(life: Life) -> None:
    """Raises Refused where the service rejected something: the living bank sends nothing that may be rejected."""
    refusals = life.outbox.refusals
    if refusals:
        reason, _ = refusals.most_common(1)[0]
        raise Refused(f"the service rejected {refusals.total()} events or movements of money, most often: {reason}")


def run_job(client: Client, job: str) -> bool:
    """Has the service run a job; whether it put something in force. Raises Refused when it fails.

    A training that keeps the model in force because the new one is no better has not failed.
    """
    done = client.tell(Call("POST", f"/v1/dev/jobs/{job}"))
    if done["exit_code"] != 0 and not (job == "train" and KEPT in done["line"]):
        raise Refused(f"the job {job} failed with exit code {done['exit_code']}: {done['line']}")
    return bool(done["exit_code"] == 0)
