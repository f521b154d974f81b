"""A bar for long calls, where tqdm is installed."""

from collections.abc import Callable


def bar() -> Callable[[int, int], None]:
    """Return a function of (done, total) that moves a bar of tqdm; one that does nothing where tqdm is not there."""
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return lambda done, total: None
    shown = tqdm(total=None, unit_scale=True)

    def move(done: int, total: int) -> None:
        shown.total = total
        shown.update(done - shown.n)
        if done >= total:
            shown.close()

    return move
