"""What is measured on the whole bank, one report a file."""
