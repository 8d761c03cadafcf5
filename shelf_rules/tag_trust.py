"""How far a customer's tags are believed, for the order of a shelf and for the conditions of a policy."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Floats, Ints
from shelf_rules.facts import STAGES, TagTable
from shelf_rules.situation import Situation


def tag_trust(situation: Situation, table: TagTable, tags: Ints) -> Floats:
    """The customer's own Q̃, else that of the customer's stage; the policy's value for a tag that nobody has measured.

    A tag that is neither active nor on watch has none, and of one that claims something else since it was measured the
    customer's own says nothing, whatever was measured before.
    """
    of_stage = table.quality[tags, STAGES.index(situation.stage or STAGES[0])]
    measured = np.where(np.isnan(of_stage), situation.policy.unmeasured_quality, of_stage)
    own = dict(situation.facts.past.tag_quality) if situation.facts.past is not None else {}
    if own:
        trusted = (table.quality[tags] > 0).any(axis=1)
        for place in np.flatnonzero(trusted).tolist():
            measured[place] = own.get(int(tags[place]), measured[place])
    return measured
