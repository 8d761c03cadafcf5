"""Rules of law: always on, in the order of the domain, each withholding under its own name."""
