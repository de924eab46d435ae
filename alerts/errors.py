"""What can go wrong between a notice and a reader.

InvalidSubscription     a wish that cannot be kept; names the field
InvalidProduct          a product that cannot be kept; names the field
BadLink                 a signed link that is not ours
└─ ExpiredLink          ours, but too old
NotDelivered            a letter did not arrive
├─ Unreachable          try again later
│  ├─ TooQuick          the recipient's domain takes no more so soon
│  └─ ServerDown        nothing can be delivered now, whoever it is for
└─ Refused              this letter is refused for good
   └─ NoSuchAddress     never write to this address again
"""

from config.texts import text


class InvalidSubscription(ValueError):
    """A subscription asks for something that cannot be kept."""

    def __init__(self, field: str, reason: str, **values: object) -> None:
        super().__init__(field, reason)
        self.field, self.reason, self.values = field, reason, values

    def sentence(self, language: str) -> str:
        """What is wrong and what to do, in the reader's language."""
        return f"{self.field}: " + text(f"letters.invalid_{self.reason}", language, **self.values)

    def __str__(self) -> str:
        """The English sentence."""
        return self.sentence("en")


class InvalidProduct(ValueError):
    """A product of a person's list cannot be kept."""

    def __init__(self, field: str, reason: str, **values: object) -> None:
        super().__init__(field, reason)
        self.field, self.reason, self.values = field, reason, values

    def sentence(self, language: str) -> str:
        """What is wrong and what to do, in the reader's language."""
        return text(f"exporters.invalid_{self.reason}", language, **self.values)

    def __str__(self) -> str:
        """The English sentence."""
        return self.sentence("en")


class _Documented(Exception):
    """Its docstring is its message."""

    def __str__(self) -> str:
        """The docstring, then what the other side said."""
        return ": ".join([str(self.__doc__).rstrip("."), *map(str, self.args)])


class BadLink(_Documented):
    """This link is not one of ours, or it was cut short; open the newest letter and use its link."""


class ExpiredLink(BadLink):
    """This link is too old; ask for a new one."""


class NotDelivered(_Documented):
    """The letter was not delivered."""

    @property
    def reply(self) -> str:
        """What the other side said."""
        return " ".join(map(str, self.args))


class Unreachable(NotDelivered):
    """The letter was not taken now; it is tried again later."""


class TooQuick(Unreachable):
    """The recipient's domain says that we send too quickly."""


class ServerDown(Unreachable):
    """The channel takes no letter at all now."""


class Refused(NotDelivered):
    """The letter was refused for good."""


class NoSuchAddress(Refused):
    """The address does not exist; it is never written to again."""
