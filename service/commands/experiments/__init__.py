"""The commands `huojia experiment …` and `huojia layer …`."""
