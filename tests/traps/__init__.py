"""The traps of the recommender's design (recommender.md §12), each set on purpose."""
