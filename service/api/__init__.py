"""The HTTP interface, thin over the pipeline and the stores."""
