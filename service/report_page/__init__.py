"""The reports as one HTML file that needs nothing else: tables, plots, words in two languages."""
