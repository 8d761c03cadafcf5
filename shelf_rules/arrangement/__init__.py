"""Steps that turn ranked rows into slots of a slate."""
