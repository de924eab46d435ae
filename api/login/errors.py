"""Why somebody is not let in.

LoginError
├─ Refused        the account, password or code is not right
└─ TooMany        too many failed tries; how long to wait
WeakPassword      a new password that cannot be taken
"""


class LoginError(Exception):
    """The log-in did not succeed."""


class Refused(LoginError):
    """The address, the password or the code is not right."""


class TooMany(LoginError):
    """Too many failed tries; wait before the next."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many failed tries; wait {seconds} s")
        self.seconds = seconds


class WeakPassword(ValueError):
    """The password is too short, or is the address itself."""
