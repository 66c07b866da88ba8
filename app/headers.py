"""Headers by which the parts of this process talk to each other; a client's are taken away."""

USER_HEADER = "x-prelabel-user"
"""Tells Streamlit's pages the id of the person who is asking."""
