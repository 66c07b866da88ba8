"""Projects, their classes and the revisions of their class sets."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from db.engine import table_of
from db.tables import Acceptance, Class, ClassSet, CvatLink, Item, Project, Prompt

# Built once: they run with each request.
_BY_NAME = select(Project).where(Project.name == bindparam("called"))
_BY_NAME_HELD = _BY_NAME.with_for_update(read=True, key_share=True)
_class = table_of(Class).c
_LABELS = select(_class.id, _class.key, _class.aliases).where(
    _class.project_id == bindparam("project"), _class.active
)
_CLASSES = (
    select(Class).where(Class.project_id == bindparam("project")).order_by(Class.position, Class.id)
)
_ACTIVE_CLASSES = _CLASSES.where(Class.active)


@dataclass(frozen=True)
class NewClass:
    """A class to be created: checked name, text for prompts, aliases and texts of its own."""

    name: str
    key: str
    display: str
    aliases: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()


def all_projects(session: Session) -> Sequence[Project]:
    """Every project, by name."""
    return session.scalars(select(Project).order_by(Project.name)).all()


def find(session: Session, name: str, *, hold: bool = False) -> Project | None:
    """The project called ``name``, None where there is none.

    Args:
        session: an open transaction.
        name: its name.
        hold: wait for those who rank its queue, and keep only them from it. Whoever locks items
            does so first: ranking waits for items, with the project in its hands.
    """
    query = _BY_NAME_HELD if hold else _BY_NAME
    return session.scalars(query, {"called": name}).one_or_none()


def by_id(session: Session, project_id: str) -> Project:
    """The project with this id."""
    return session.get_one(Project, project_id)


def lock(session: Session, project_id: str) -> None:
    """Wait for those who rank or hand out a project's queue, and keep others from it."""
    session.execute(select(Project.id).where(Project.id == project_id).with_for_update())


def add(session: Session, project: Project, classes: Iterable[NewClass]) -> Project:
    """Store a new project with its classes, as revision 1."""
    session.add(project)
    session.flush()
    for position, new in enumerate(classes):
        add_class(session, project.id, new, position)
    record_revision(session, project, "created")
    return project


def remove(session: Session, project_id: str) -> None:
    """Remove a project with everything that belongs to it but the pictures."""
    session.execute(delete(CvatLink).where(CvatLink.project_id == project_id))
    session.execute(delete(Acceptance).where(Acceptance.project_id == project_id))
    session.execute(delete(Item).where(Item.project_id == project_id))
    session.execute(delete(Project).where(Project.id == project_id))


def add_class(session: Session, project_id: str, new: NewClass, position: int) -> Class:
    """Store one class at ``position`` with its own prompt texts."""
    row = Class(
        project_id=project_id,
        name=new.name,
        key=new.key,
        display=new.display,
        aliases=list(new.aliases),
        position=position,
    )
    session.add(row)
    session.flush()
    set_prompts(session, row.id, new.prompts)
    return row


def end_class(session: Session, row: Class, revision: int) -> None:
    """Let a class end for good with a revision: its name is free for another one from then on."""
    row.active, row.code = False, None
    row.key = f"{row.key}\n{revision}"
    session.flush()


def set_prompts(session: Session, class_id: str, texts: Iterable[str]) -> None:
    """Replace the texts of its own that describe a class."""
    session.execute(delete(Prompt).where(Prompt.class_id == class_id))
    session.add_all(Prompt(class_id=class_id, text=text) for text in texts)
    session.flush()


def classes(session: Session, project_id: str, *, inactive: bool = False) -> Sequence[Class]:
    """The classes of a project in their order; the deactivated ones only when asked for."""
    query = _CLASSES if inactive else _ACTIVE_CLASSES
    return session.scalars(query, {"project": project_id}).all()


def class_names(session: Session, project_id: str) -> dict[str, str]:
    """The names of all classes of a project in their order, deactivated ones too, by class id."""
    return {row.id: row.name for row in classes(session, project_id, inactive=True)}


def labels(session: Session, project_id: str) -> Sequence[tuple[str, str, list[str]]]:
    """Id, key and aliases of the active classes of a project."""
    return session.execute(_LABELS, {"project": project_id}).all()


def prompts(session: Session, project_id: str) -> dict[str, list[str]]:
    """The texts of their own that describe the classes, by class id."""
    query = (
        select(Prompt.class_id, Prompt.text)
        .join(Class, Class.id == Prompt.class_id)
        .where(Class.project_id == project_id)
        .order_by(Prompt.id)
    )
    found: dict[str, list[str]] = {}
    for class_id, text in session.execute(query):
        found.setdefault(class_id, []).append(text)
    return found


def record_revision(session: Session, project: Project, change: str) -> None:
    """Keep a copy of the class set as it stands now, under the project's revision."""
    session.flush()
    own = prompts(session, project.id)
    copies = [
        asdict(NewClass(c.name, c.key, c.display, tuple(c.aliases), tuple(own.get(c.id, ()))))
        | {"id": c.id, "active": c.active}
        for c in classes(session, project.id, inactive=True)
    ]
    session.add(
        ClassSet(project_id=project.id, revision=project.revision, classes=copies, change=change)
    )
    session.flush()


def class_set(session: Session, project_id: str, revision: int) -> list[dict[str, Any]]:
    """The classes of a project as they stood at a revision: ``NewClass`` with id and active."""
    return list(session.get_one(ClassSet, (project_id, revision)).classes)


def show_run(session: Session, project_id: str, run_id: str) -> None:
    """Make the proposals of ``run_id`` those that people see."""
    session.execute(update(Project).where(Project.id == project_id).values(run_id=run_id))
