"""Models of wanting: each is fitted, scores a state, and goes to and from arrays."""
