"""Revisions in their order; the newest one makes the tables of `service.stores.tables`."""
