"""The application: the only place that waits, reads a clock, rolls dice, or touches a disk or a socket."""
