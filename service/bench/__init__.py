"""The performance report: what a shelf costs beside a static answer of the same bytes, measured in one run."""
