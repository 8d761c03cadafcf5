"""Rules of business: each acts where a policy names it."""
