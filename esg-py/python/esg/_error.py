"""The one exception of the engine."""

from typing import Any


class EsgError(Exception):
    """A refusal of the engine.

    ``code`` never changes and is the same in every language; ``message`` names the bad value, where it was and what would be
    right; ``details`` holds what a program can use: always ``kind``, and where there are such ``field``, ``nearest``,
    ``rejected``, ``candidates``.
    """

    code: str
    message: str
    details: dict[str, Any]

    def __init__(self, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(code, message, details)
        self.code = code
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return f"[{self.code}] {self.message}"


EsgError.__module__ = "esg"
