"""Figures in words, the same on pages and on the command line."""

from collections.abc import Mapping
from typing import Any

from labeling.quality.agreement import LEAST_LOOKS, is_enough


def in_words(share: Mapping[str, Any] | None) -> str:
    """Return "97.5% (92.9% to 99.5%, n 120)", "not known yet" where nothing was counted.

    Args:
        share: estimate, low and high (0 to 1) and n, as ``agreement`` gives them.
    """
    if share is None:
        return "not known yet"
    low, high = share["low"], share["high"]
    return f"{share['estimate']:.1%} ({low:.1%} to {high:.1%}, n {share['n']:,})"


def error_in_words(share: Mapping[str, Any] | None) -> str:
    """Return "2.5% (0.5% to 7.1%, n 120)", "unknown until 20 second looks, 7 so far" below them.

    Args:
        share: the error of verified labels, as ``agreement.error_of_labels`` gives it.
    """
    if is_enough(share):
        return in_words(share)
    looks = f"{share['n']:,}" if share else "none"
    return f"unknown until {LEAST_LOOKS} second looks, {looks} so far"


def bound_in_words(bound: float | None) -> str:
    """Return "1.25%" of a share that is at most 0.0125, "–" where there is none."""
    return "–" if bound is None else f"{bound:.2%}"


def coefficient_in_words(found: Mapping[str, Any] | None) -> str:
    """Return "0.82 (0.71 to 0.90, n 120)", "not known yet" where it is not defined.

    Args:
        found: estimate, low and high (None: not known) and n, as ``kappa.Agreement`` gives them.
    """
    if found is None:
        return "not known yet"
    known = found["low"] is not None
    limits = f"{found['low']:.2f} to {found['high']:.2f}, " if known else ""
    return f"{found['estimate']:.2f} ({limits}n {found['n']:,})"


def risk_in_words(found: Mapping[str, Any]) -> str:
    """What all audits of acceptances risk together, as ``acceptance_attempts.of_project`` tells."""
    n = found["attempts"]
    drawn = f"{n:,} audit{'' if n == 1 else 's'} drawn so far"
    if n == 1:
        return f"{drawn}, at a risk of {found['risk']:.1%}; another one adds its own."
    return (
        f"{drawn}, each at a risk of its own: that any of their claims is false has a risk of at "
        f"most {found['risk']:.1%}. Wish for a smaller risk if you try until one allows enough."
    )


def useless_in_words(told: Mapping[str, Any]) -> str:
    """Say that features don't tell classes apart (``heads.separability.Separability`` as a dict).

    With what to do about it.
    """
    return (
        f"The model hardly tells these classes apart: of {told['n']:,} labels that it had not "
        f"learned, a head names {told['right']:,} right, the commonest class alone "
        f"{told['commonest']:,} ({100 * told['low']:+.0f} to {100 * told['high']:+.0f} points, "
        "95 %). No order of the queue will help: try another model, further features (page "
        "Pre-label), or clearer classes."
    )
