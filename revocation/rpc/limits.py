"""What both lanes hold to."""

from typing import Final

MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
