"""What is said beside a control until it changes: what became of a file, and why one cannot be had."""

from __future__ import annotations

from app.browser import dom


class Notices:
    """What is said in one calculator."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.told: set[str] = set()  # the fields beside which something is said
        self.denied = ""  # the file beside whose button something is said

    def tell(self, name: str, text: str, bad: bool = False) -> None:
        """Say beside a field what became of a file."""
        dom.say(f"{self.slug}-taken-{name}", text, bad)
        self.told.add(name)

    def forget(self, *names: str) -> None:
        """Say nothing any more beside these fields."""
        for name in self.told & {*names}:
            dom.say(f"{self.slug}-taken-{name}", "")
            self.told.remove(name)

    def deny(self, filename: str, why: str) -> None:
        """Say beside the button of a file why it cannot be had."""
        self.allow()
        dom.say(f"got-{filename}", why, bad=True)
        self.denied = filename

    def allow(self) -> None:
        """Say of no file any more that it cannot be had."""
        if self.denied:
            dom.say(f"got-{self.denied}", "")
            self.denied = ""
