"""One shelf request: gather, decide, record."""
