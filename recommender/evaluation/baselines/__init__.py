"""What a model has to beat: each baseline learns from `Known` and scores customers."""
