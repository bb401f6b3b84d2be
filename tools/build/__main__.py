"""`make build`, or `make build SITE=https://name.github.io/repository/` for a site whose address is known."""

import os

from tools.build.site import build

build(address=os.environ.get("SITE", ""))
