"""Evidence per category for the fixed, the migratable and the transferable tier."""
