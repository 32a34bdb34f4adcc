"""One module per named benchmark; each has ``run(repeats) -> list[Row]``."""
