"""How sure a share is that was counted on few: the Wilson interval."""

from math import sqrt

_Z = 1.959964  # 95 %


def wilson(right: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of which `right` of `n` were counted; 0 to 1 where nothing was."""
    if n <= 0:
        return 0.0, 1.0
    share, spread = right / n, _Z * _Z / n
    middle = share + spread / 2
    half = _Z * sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))
