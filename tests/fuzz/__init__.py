"""The running service against inputs nobody thought of."""
