"""What a page that is used for long holds."""

from __future__ import annotations


def count_objects() -> int:
    """How many objects Python holds, its bounded caches emptied: what they keep is a matter of time, as of keys that
    wait for nothing only some are answered. A browser is given this as source, so that it imports for itself.
    """
    import functools
    import gc
    import types

    from app.page.cache import cached

    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper) and each.cache_parameters()["maxsize"]:
            each.cache_clear()
        elif isinstance(each, types.FunctionType) and each.__qualname__.startswith(f"{cached.__qualname__}.<locals>."):
            for cell in each.__closure__ or ():
                if isinstance(cell.cell_contents, dict):
                    cell.cell_contents.clear()
    gc.collect()
    return len(gc.get_objects())
