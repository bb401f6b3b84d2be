"""Hostile texts, and what a page must not make of them: scripts in every spelling, and links that somebody mangled."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

from app.calculators.registry import CALCULATORS, load
from app.vocabulary import link
from tests import cases, extremes, reading

# --- scripts ---

SCRIPTS = (
    "<script>broken=1</script>",
    "<img src=x onerror=broken=1>",
    '"><svg onload=broken=1>',
    '" onfocus=broken=1 autofocus x="',
    "' onmouseover='broken=1",
    "</td></table></option></select></textarea></title></style><iframe srcdoc=x>",
    "<a href=javascript:broken=1>x</a>",
    "javascript:broken=1",
    "--><base href=//elsewhere.test><!--",
    "]]><meta http-equiv=refresh content=0>",
    "&lt;script&gt;broken=1&lt;/script&gt;",
    "<data value=7><output name=params>",
    "\u2028<style>*{}</style>",
    "<ſcript>broken=1</ſcript>",
)
"""Texts that are a script where a page takes them for markup, each by another way out of where it stands."""

_TAGS = {"base", "embed", "form", "iframe", "img", "link", "meta", "object", "script", "style", "template", "ſcript"}
"""What no part of a calculator is made of."""

_LEADS = ("href", "src", "action", "formaction", "data", "srcdoc", "xlink:href")


def markup(html: str) -> Iterator[str]:
    """What of some HTML only a hostile text can have brought: tags that are not the page's, anything that runs."""
    for tag, attributes in reading.read(html).tags:
        if tag in _TAGS:
            yield f"<{tag}>"
        for name, value in attributes.items():
            runs = name.startswith("on") or name in ("style", "srcdoc", "autofocus")
            astray = name in _LEADS and not (value or "").strip().startswith(("#", "https://", "./"))
            if runs or astray:
                yield f"<{tag} {name}={value!r}>"


# --- links ---


def links(chance: random.Random, count: int) -> Iterator[str]:
    """Real links of every calculator, with pins and in frames, each mangled in up to three ways."""
    slugs = list(CALCULATORS)
    drawn = {slug: [*cases.made(slug, 40)] for slug in slugs}
    for at in range(count):
        slug = slugs[at % len(slugs)]
        fields = load(slug).defaults
        make = extremes.MADE.get(slug)
        raw = make(chance) if make and chance.random() < 0.3 else chance.choice(drawn[slug])
        beside = link.NOTHING
        if chance.random() < 0.3:
            pinned = link.write(chance.choice(["mine", "a=b?c", "%", "é😀"]), chance.choice(drawn[slug]), fields)
            beside = link.Beside((pinned.removeprefix("#"),), chance.random() < 0.3)
        fragment = link.write(slug, raw, fields, beside)
        for _ in range(chance.randint(0, 3)):
            fragment = chance.choice(MANGLED)(chance, fragment)
        yield fragment


def _cut(chance: random.Random, text: str) -> str:
    at, to = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[:at] + text[to:]


def _cut_short(chance: random.Random, text: str) -> str:
    return text[: chance.randrange(len(text) + 1)]


def _doubled(chance: random.Random, text: str) -> str:
    at, to = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[:to] + text[at:to] * chance.choice([1, 1, 30]) + text[to:]


def _swapped(chance: random.Random, text: str) -> str:
    parts = text.split("&")
    chance.shuffle(parts)
    return "&".join(parts)


def _values_swapped(chance: random.Random, text: str) -> str:
    head, _, query = text.partition("?")
    pairs = [each.partition("=") for each in query.split("&")]
    values = [value for _, _, value in pairs]
    chance.shuffle(values)
    return head + "?" + "&".join(f"{name}={value}" for (name, _, _), value in zip(pairs, values, strict=True))


def _decoded(_: random.Random, text: str) -> str:
    return unquote(text)


def _encoded(_: random.Random, text: str) -> str:
    return quote(text, safe="#?=&", errors="surrogatepass")


def _with_a_sign(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    sign = chance.choice(
        ["\x00", "\x1b", "\r\n", "\u202e", "\ud83d", "\udc00", "%", "%00", "%ff", "+", "&", "=", "#", ";"]
    )
    return text[:at] + sign + text[at:]


def _with_a_script(chance: random.Random, text: str) -> str:
    name = chance.choice([*load(chance.choice([*CALCULATORS])).defaults, "pin", "embed", "__class__", "constructor"])
    script = chance.choice(SCRIPTS)
    return f"{text}{'&' if '?' in text else '?'}{name}={quote(script) if chance.random() < 0.7 else script}"


def _with_another(chance: random.Random, text: str) -> str:
    """With a field of another calculator, or of this one once more, holding anything."""
    fields = load(chance.choice([*CALCULATORS])).defaults
    value = chance.choice([*fields.values(), *extremes.ABSURD, *extremes.NUMBERS, *extremes.SHARES, "auto", "none"])
    return f"{text}{'&' if '?' in text else '?'}{chance.choice([*fields])}={quote(value)}"


def _elsewhere(chance: random.Random, text: str) -> str:
    """The same inputs at another calculator."""
    return f"#{chance.choice([*CALCULATORS])}?{text.partition('?')[2]}"


def _with_another_digit(chance: random.Random, text: str) -> str:
    places = [at for at, sign in enumerate(text) if sign.isdigit()]
    if not places:
        return text
    at = chance.choice(places)
    return text[:at] + chance.choice(["9", "0", "-", ".", "e", "e9", "e-9", "99999", "٣", "½"]) + text[at + 1 :]


MANGLED: tuple[Callable[[random.Random, str], str], ...] = (
    *(_cut, _cut_short, _doubled, _swapped, _values_swapped, _decoded, _encoded, _with_a_sign, _with_a_script),
    *(_with_another, _with_another, _elsewhere, _with_another_digit, _with_another_digit),
)
"""Ways to mangle a link."""
