"""What people may do: five roles, each of which may do what the ones before it may."""

from enum import StrEnum


class Role(StrEnum):
    """A person's role, from least to most.

    A guest looks; an annotator decides; a reviewer settles second looks; a lead answers for a
    project (classes, imports, settings, exports, assignments); an admin answers for the
    installation (projects, people, jobs).
    """

    GUEST = "guest"
    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMIN = "admin"


ORDER = tuple(Role)
NO_ROLE = "none"
"""What stands in place of a role where somebody sees no project, or not this one."""


def role_in_project(everywhere: str, membership: str | None) -> Role | None:
    """The role that somebody has in a project; None where it is closed to them.

    Args:
        everywhere: their role in the installation, or ``NO_ROLE``.
        membership: what stands in its place in the project, None where nothing does; an admin is
            one everywhere.
    """
    held = everywhere if everywhere == Role.ADMIN else membership or everywhere
    return None if held == NO_ROLE else Role(held)


def may(role: Role, needed: Role) -> bool:
    """Whether somebody of ``role`` may do what ``needed`` may do."""
    return ORDER.index(role) >= ORDER.index(needed)
