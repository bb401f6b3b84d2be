"""Ways in which a file of the site does not arrive as it is."""

from __future__ import annotations

from playwright.sync_api import Route


def gone(route: Route) -> None:
    route.fulfill(status=404, body="Not found")


def cut(route: Route) -> None:
    response = route.fetch()
    whole = response.body()
    # Its own headers would let the browser keep the half and revalidate it as the whole.
    route.fulfill(body=whole[: len(whole) // 2], content_type=response.headers["content-type"])


def down(route: Route) -> None:
    route.fulfill(status=500, body="Internal error")


def lost(route: Route) -> None:
    route.abort("connectionreset")


def another(route: Route) -> None:
    """As a host answers that has a page for every address."""
    route.fulfill(body="<!doctype html><title>Welcome</title><p>Welcome", content_type="text/html")


def mistyped(route: Route) -> None:
    route.fulfill(response=route.fetch(), content_type="text/plain")


def empty(route: Route) -> None:
    route.fulfill(body="", content_type=route.fetch().headers["content-type"])


BROKEN = (gone, down, lost, cut, another, mistyped, empty)
