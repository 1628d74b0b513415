"""How much one sender may send: a token bucket for each, in memory. Pure: time is a parameter."""


class Limit:
    """``burst`` at once, then ``rate`` a second, for each key (an account, an address)."""

    def __init__(self, rate: float, burst: float, most_keys: int = 10_000) -> None:
        """At most ``most_keys`` are remembered: whoever was quiet longest is forgotten first."""
        self._rate, self._burst, self._most = rate, burst, most_keys
        self._left: dict[str, tuple[float, float]] = {}

    def allows(self, key: str, now: float) -> bool:
        """Whether one more may come at ``now`` (seconds of any steady clock); it is counted if so."""
        tokens = self._tokens(key, now)
        self._left.pop(key, None)
        allowed = tokens >= 1.0
        self._left[key] = (tokens - 1.0 if allowed else tokens, now)
        if len(self._left) > self._most:
            del self._left[next(iter(self._left))]
        return allowed

    def exhausted(self, key: str, now: float) -> bool:
        """Whether one more would be too many; nothing is counted."""
        return self._tokens(key, now) < 1.0

    def _tokens(self, key: str, now: float) -> float:
        tokens, at = self._left.get(key, (self._burst, now))
        return min(self._burst, tokens + (now - at) * self._rate)
