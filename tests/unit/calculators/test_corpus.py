"""Any table that people have ends in its right answer, or in the right question: never in a wrong number without a
warning, and never in an exception.
"""

from __future__ import annotations

import pytest

from app.calculators.registry import load
from app.page import rendering, upload
from app.vocabulary.calculator import Invalid, Message, read
from tests import reading
from tests.corpus import EVERY, Case


def brought(page: str, field: str, name: str, content: str | bytes) -> tuple[dict[str, str], dict[str, Message]]:
    """What stands in the controls once a file was dropped on a box, and what was refused: as `app.browser.files` does
    it.
    """
    calculator = load(page)
    taker = next(each for each in calculator.fields if each.name == field)
    assert taker.upload is not None
    text = upload.decoded(name, content.encode() if isinstance(content, str) else content)
    try:
        taken = taker.upload.take(text)
    except Invalid as invalid:
        return calculator.defaults | {field: text}, {field: Message.of(invalid)}
    return calculator.defaults | ({field: taken} if isinstance(taken, str) else dict(taken)), {}


def boxes(page: str) -> list[str]:
    return [field.name for field in load(page).fields if field.sheet]


BROUGHT = [(case, box) for case in EVERY for box in boxes(case.page)]


@pytest.mark.parametrize(("case", "box"), BROUGHT, ids=[f"{case.page}: {case.name}, on {box}" for case, box in BROUGHT])
def test_a_table_ends_in_its_right_answer_or_its_right_question_on_whatever_box_it_falls(case: Case, box: str) -> None:
    calculator = load(case.page)
    raw, refused = brought(case.page, box, case.file, case.content)
    found = read(calculator, raw)
    if case.refused:
        (message,) = (found.messages | refused).values()
        assert case.refused in message
        assert not case.to or (isinstance(message, Message) and message.link and message.link.url.startswith(case.to))
        return
    assert not refused
    if case.asks:
        (message,) = found.messages.values()
        assert isinstance(message, Message), message
        ways = [each for each in message.asked if case.asks in each.way.label]
        assert len(ways) == 1, [message, *(each.way.label for each in message.asked)]
        raw = raw | ways[0].way.texts
        found = read(calculator, raw)
    assert not found.messages
    regions = rendering.render(calculator, raw, found=found).now
    assert reading.outputs(regions)[case.output] == pytest.approx(case.value, rel=1e-11, abs=1e-12)
    said = " ".join(
        reading.text(regions[name]) for name in ("verdict", *(f"field-{each}" for each in boxes(case.page)))
    )
    assert case.warns in said
