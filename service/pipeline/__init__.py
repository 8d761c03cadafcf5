"""One request: gather the facts, decide, record; nothing else."""
