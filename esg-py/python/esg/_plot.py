"""Pictures by matplotlib, which is asked for only here."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from esg._esg import Range


def histogram(of: "Range", ax: Any = None, bars: int | None = None) -> Any:
    """Draw the histogram of a range in tonnes, with its median and its 95 % interval, and return the axes."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(7, 3))
    counts, edges = of.histogram(bars)
    tonnes = edges / 1000
    ax.stairs(counts / of_all(counts), tonnes, fill=True, color="#2e8b57", alpha=0.85)
    low, median, high = (of.quantile(p) / 1000 for p in (0.025, 0.5, 0.975))
    ax.axvspan(low, high, color="#2e8b57", alpha=0.12, label="95 % of the draws")
    ax.axvline(median, color="black", linewidth=1, label=f"median {median:.4g} t")
    ax.axvline(float(of.point) / 1000, color="black", linewidth=1, linestyle=":", label=f"point {float(of.point) / 1000:.4g} t")
    ax.set_xlabel("t CO2e")
    ax.set_ylabel("share of the draws")
    ax.set_title(of.name)
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def of_all(counts: Any) -> float:
    """Return the sum of the counts, or 1 where there is nothing."""
    return float(counts.sum()) or 1.0
