"""The commands `huojia policy …`."""
