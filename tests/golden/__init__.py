"""Numbers that are pinned: the vectors of the domain model."""
