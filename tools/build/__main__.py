"""`make build`."""

from tools.build.site import build

build()
