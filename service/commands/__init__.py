"""What the commands of `huojia` do, one noun a module."""
