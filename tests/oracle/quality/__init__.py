"""A second reading of how tags are measured, from an exported folder alone."""
