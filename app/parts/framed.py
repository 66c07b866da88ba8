"""A part of a page that runs again by itself, and asks again who may see it."""

from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from app import session
from app.parts import errors
from labeling.roles import Role

Given = ParamSpec("Given")


@st.fragment
def draw(
    needed: Role, content: Callable[Given, None], *args: Given.args, **kwargs: Given.kwargs
) -> None:
    """Draw ``content`` for people whose role is ``needed`` or above; errors are told in its place.

    Args:
        needed: the role in the project in the address.
        content: draws the part.
        args: what it takes.
        kwargs: what it takes by name.
    """
    with errors.shown():
        session.require(needed)
        content(*args, **kwargs)
