"""Studies of the whole loop: many small banks that live with the service, measured against their written truth."""
