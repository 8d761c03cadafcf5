"""The results of an experiment as one HTML file that needs nothing else: verdict, plots, tables, in two languages."""
