"""Who is at work. Until there are accounts, one local person, on a loopback address only."""

import getpass
import re

from db import users
from db.tables import User
from labeling.errors import InputError
from labeling.workspace import Workspace

NAME = re.compile(r"[\w.@+:-]{1,100}")


def local_user(ws: Workspace) -> str:
    """The id of the person at this machine, who bears the name of the system's account."""
    return user(ws, _account_name(), role="admin").id


def user(ws: Workspace, name: str, role: str = "annotator") -> User:
    """The person called ``name``, added where they are new.

    Raises:
        InputError: the name can't be used.
    """
    if not NAME.fullmatch(name):
        raise InputError(
            f"the user name {name!r} can't be used",
            "Use 1 to 100 letters, digits and . _ @ + : - without spaces.",
        )
    return ws.db.write(lambda session: users.ensure(session, name, role))


def _account_name() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        return "local"
    return name if NAME.fullmatch(name) else "local"
