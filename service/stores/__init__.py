"""Storage protocols and their implementations, chosen by URL."""
