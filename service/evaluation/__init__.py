"""Evaluation on a folder of the exchange format: reading it, the models of the table, and the report."""
