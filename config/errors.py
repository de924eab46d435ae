"""What is wrong with a file or a setting.

ConfigError
"""


class ConfigError(ValueError):
    """A configuration file or setting is wrong; the message names file, entry and fault."""
