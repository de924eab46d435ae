"""Numbers of persons, told so that nobody is singled out."""

FEW = 5


def stepped(n: int) -> str:
    """A number of persons in steps of FEW: `0`, `<5`, `5+`, `10+`."""
    return "0" if n == 0 else f"<{FEW}" if n < FEW else f"{n // FEW * FEW}+"
