"""The whole schema on one page.

Ids are opaque text (UUIDv7), times are UTC, JSON stands only where nothing is ever searched.
A picture is its SHA-256 (``image``); an ``item`` is that picture in a project. The decision log is
append-only: ``item.state``, ``item.decision_id`` and ``item_label`` are derived from it.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.ids import new_id


class ItemState(StrEnum):
    """Where an item stands; only ``verified`` and ``reviewed`` leave by default."""

    UNLABELED = "unlabeled"
    PROPOSED = "proposed"
    AUTO_ACCEPTED = "auto_accepted"
    VERIFIED = "verified"
    REVIEWED = "reviewed"
    DISPUTED = "disputed"
    EXCLUDED = "excluded"


OPEN = (ItemState.UNLABELED, ItemState.PROPOSED)
"""States of items that wait for a first decision."""
VERIFIED = (ItemState.VERIFIED, ItemState.REVIEWED)
"""States of items that a person has decided."""


class DecisionKind(StrEnum):
    """What a decision does."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    NONE_OF_THESE = "none_of_these"
    SKIP = "skip"
    FLAG = "flag"
    UNDO = "undo"
    AUTO_ACCEPT = "auto_accept"
    WITHDRAW = "withdraw"
    IMPORT = "import"
    CVAT = "cvat"
    REVIEW = "review"


class Standing(StrEnum):
    """What a decision counts for, fixed when it is stored."""

    IN_FORCE = "in_force"
    SECOND_OPINION = "second_opinion"
    STALE = "stale"
    PROBE = "probe"


class LookKind(StrEnum):
    """Why an item waits for a second look.

    ``flag``: somebody doubts. ``ask``: a question to the lead. ``disputed``: answers differ.
    ``sample``: drawn at random. ``suspect``: the head holds the label for probably wrong.
    ``late``: an answer came under a class that is there no more, and nobody has decided since.
    ``conflict``: it was changed here and in CVAT, or deleted there, or its tags say nothing clear.
    """

    FLAG = "flag"
    ASK = "ask"
    DISPUTED = "disputed"
    SAMPLE = "sample"
    SUSPECT = "suspect"
    LATE = "late"
    CONFLICT = "conflict"


class LookOutcome(StrEnum):
    """What became of a second look; ``settled``: later decisions ended it without a reviewer."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    SENT_BACK = "sent_back"
    SETTLED = "settled"
    UNDONE = "undone"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class QueueState(StrEnum):
    """Where a queue entry stands."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"


class Purpose(StrEnum):
    """What an item is decided for.

    ``work``: a first decision with the proposal shown. ``audit``: a first decision on an item that
    was drawn at random when its batch came, with the proposal hidden. ``overlap``: a blind
    decision of another person on an item that is decided. ``probe``: a proposal that is known to
    be wrong, shown to somebody else on a verified item; its answer never becomes a label.
    ``control``: a first decision that comes by the permanent random order, with the proposal shown.
    ``stream``: a blind decision on an item that was accepted without looking. ``recheck``: a blind
    decision of a reviewer on an item on which two people agreed blind. ``gold``: a blind decision
    on a verified item that a lead chose, to see how reliable people are; its answer never becomes a
    label. ``relabel``: a blind decision of another person on an item that was chosen because its
    answer teaches more than a new picture; no figure of people counts it, for it was not drawn.
    """

    WORK = "work"
    AUDIT = "audit"
    OVERLAP = "overlap"
    PROBE = "probe"
    CONTROL = "control"
    STREAM = "stream"
    RECHECK = "recheck"
    GOLD = "gold"
    RELABEL = "relabel"


BLIND = (
    Purpose.AUDIT,
    Purpose.OVERLAP,
    Purpose.STREAM,
    Purpose.RECHECK,
    Purpose.GOLD,
    Purpose.RELABEL,
)
"""Purposes for which the proposal is hidden."""
OPENLY = (Purpose.WORK, Purpose.CONTROL)
"""Purposes of first decisions with the proposal shown."""
UNCOUNTED = (Purpose.PROBE, Purpose.GOLD)
"""Purposes whose answers never touch their item."""


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time in Python, a naive UTC time in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse naive times, store the rest in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give the time back with its zone."""
        return value.replace(tzinfo=UTC) if value else None


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


Id = Annotated[str, mapped_column(String(36), primary_key=True, default=new_id)]
Sha = Annotated[str, mapped_column(String(64))]
Name = Annotated[str, mapped_column(String(200))]
Long = Annotated[str, mapped_column(Text)]
Big = Annotated[int, mapped_column(BigInteger)]
Json = Annotated[dict[str, Any], mapped_column(JSON, default=dict)]
JsonList = Annotated[list[Any], mapped_column(JSON, default=list)]
When = Annotated[datetime, mapped_column(UtcTime, default=utc_now)]
Maybe = Annotated[datetime | None, mapped_column(UtcTime)]
IN_GROUP = text("duplicate_group_id IS NOT NULL")
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def ref(target: str, *, index: bool = False, cascade: bool = False, primary: bool = False) -> Any:
    """A foreign key to ``target``; ``cascade`` where the row means nothing without it."""
    key = ForeignKey(target, ondelete="CASCADE" if cascade else None)
    return mapped_column(key, index=index, primary_key=primary)


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# People -------------------------------------------------------------------------------------


class User(Base):
    """A person, or a machine that decides (``cvat:<server>``)."""

    __tablename__ = "user"
    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    display: Mapped[Name] = mapped_column(default="")
    role: Mapped[str] = mapped_column(String(20), default="annotator")
    password_hash: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    disabled_at: Mapped[Maybe]
    created_at: Mapped[When]


class LoginSession(Base):
    """One login of a person in one browser; the token itself is never stored."""

    __tablename__ = "login_session"
    id: Mapped[Id]
    user_id: Mapped[str] = ref("user.id", index=True, cascade=True)
    token_hash: Mapped[Sha] = mapped_column(unique=True)
    created_at: Mapped[When]
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class Preference(Base):
    """A person's own setting, such as the keys of a project."""

    __tablename__ = "preference"
    user_id: Mapped[str] = ref("user.id", cascade=True, primary=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    value: Mapped[Json]
    updated_at: Mapped[When] = mapped_column(onupdate=utc_now)


class Membership(Base):
    """The role of a person in a project, in place of the one that they have elsewhere."""

    __tablename__ = "membership"
    project_id: Mapped[str] = ref("project.id", cascade=True, primary=True)
    user_id: Mapped[str] = ref("user.id", cascade=True, primary=True)
    role: Mapped[str] = mapped_column(String(20))


# Projects and classes -----------------------------------------------------------------------


class Project(Base):
    """A set of items with one class set. ``run_id`` names the run whose proposals are shown.

    ``lineage`` tells what became of classes that were merged or split (``db.lineage``).
    """

    __tablename__ = "project"
    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    mode: Mapped[str] = mapped_column(String(10), default="single")
    model: Mapped[str] = mapped_column(String(500), default="embedded")
    templates: Mapped[JsonList]
    policy: Mapped[str] = mapped_column(String(60), default="auto")
    none_threshold: Mapped[float] = mapped_column(default=0.0)
    background: Mapped[JsonList]
    run_id: Mapped[str | None] = mapped_column(String(36))
    revision: Mapped[int] = mapped_column(default=1)
    lineage: Mapped[JsonList]
    guideline_revision: Mapped[int] = mapped_column(default=0)
    review: Mapped[Json]
    note: Mapped[Long] = mapped_column(default="")
    created_at: Mapped[When]


class ClassSet(Base):
    """One revision of a project's classes, as it stood (a copy for the record)."""

    __tablename__ = "class_set"
    project_id: Mapped[str] = ref("project.id", cascade=True, primary=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    classes: Mapped[JsonList]
    change: Mapped[Long] = mapped_column(default="")
    user_id: Mapped[str | None] = ref("user.id")
    created_at: Mapped[When]


class Class(Base):
    """A class; its id stays when its name changes."""

    __tablename__ = "class_"
    __table_args__ = (UniqueConstraint("project_id", "key"),)
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", cascade=True)
    name: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(200))
    display: Mapped[Name]
    aliases: Mapped[JsonList]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    code: Mapped[str | None] = mapped_column(String(4))


class Guideline(Base):
    """What the lead says about a class, from one revision of the project's guidelines on.

    ``do`` and ``dont`` are lists of texts, ``examples`` of ``{"item", "good", "note"}``.
    """

    __tablename__ = "guideline"
    class_id: Mapped[str] = ref("class_.id", cascade=True, primary=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    instructions: Mapped[Long]
    do: Mapped[JsonList]
    dont: Mapped[JsonList]
    examples: Mapped[JsonList]
    user_id: Mapped[str | None] = ref("user.id")
    created_at: Mapped[When]


class Prompt(Base):
    """A text of its own that describes a class, beside those that the templates give."""

    __tablename__ = "prompt"
    id: Mapped[Id]
    class_id: Mapped[str] = ref("class_.id", index=True, cascade=True)
    text: Mapped[Long]
    source: Mapped[str] = mapped_column(String(20), default="person")


# Pictures and items -------------------------------------------------------------------------


class Image(Base):
    """A picture: its bytes, whatever they are called."""

    __tablename__ = "image"
    sha256: Mapped[Sha] = mapped_column(primary_key=True)
    phash: Mapped[str] = mapped_column(String(16), index=True)
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[Big]
    format: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(Text)
    link_mtime_ns: Mapped[int | None] = mapped_column(BigInteger)
    missing_since: Mapped[Maybe]
    has_screen: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[When]


class ErasedPicture(Base):
    """A picture that was erased for good: of what it was, its SHA-256 alone is kept.

    ``left`` is what is still to be removed from files, empty once ``finished_at`` is set. Importing
    it again is refused until ``lifted_at``.
    """

    __tablename__ = "erased_picture"
    sha256: Mapped[Sha] = mapped_column(primary_key=True)
    reason: Mapped[Long] = mapped_column(default="")
    user_id: Mapped[str | None] = ref("user.id")
    left: Mapped[Json]
    erased_at: Mapped[When]
    finished_at: Mapped[Maybe]
    lifted_by: Mapped[str | None] = ref("user.id")
    lifted_at: Mapped[Maybe]


class ErasedItem(Base):
    """An item that went with its picture; its decisions stay in the log."""

    __tablename__ = "erased_item"
    item_id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", index=True, cascade=True)
    sha256: Mapped[Sha] = mapped_column(ForeignKey("erased_picture.sha256"), index=True)


class ImportBatch(Base):
    """One import: where pictures came from and what became of them.

    ``control_seed`` gives its items their ``random_rank``; ``audit_share`` is the chance with which
    each was drawn for blind audit, None before the draw.
    """

    __tablename__ = "import_batch"
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", index=True, cascade=True)
    user_id: Mapped[str | None] = ref("user.id")
    sources: Mapped[JsonList]
    linked: Mapped[bool] = mapped_column(default=False)
    imported: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    control_seed: Mapped[int | None] = mapped_column(BigInteger)
    audit_share: Mapped[float | None]
    seconds: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[When]
    finished_at: Mapped[Maybe]


class Item(Base):
    """A picture in a project. State, decision and labels are derived from the decision log.

    What asks for the items of an import names their project too: an index on the import would cost
    each row of it an eighth of its time, and only the end of a whole project could use it alone.
    """

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("sha256", "project_id"),
        Index("ix_item_project_state", "project_id", "state"),
        Index(
            "ix_item_duplicate_group_id",
            "duplicate_group_id",
            sqlite_where=IN_GROUP,
            postgresql_where=IN_GROUP,
        ),
    )
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", cascade=True)
    sha256: Mapped[Sha] = ref("image.sha256")
    batch_id: Mapped[str] = ref("import_batch.id")
    duplicate_group_id: Mapped[str | None] = ref("duplicate_group.id")
    state: Mapped[str] = mapped_column(String(20), default=ItemState.UNLABELED)
    decision_id: Mapped[str | None] = mapped_column(String(36))
    random_rank: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[When]


class ItemLabel(Base):
    """A class that an item bears now, derived from its decisions."""

    __tablename__ = "item_label"
    __table_args__ = (Index("ix_item_label_class", "class_id", "item_id"),)
    item_id: Mapped[str] = ref("item.id", cascade=True, primary=True)
    class_id: Mapped[str] = ref("class_.id", primary=True)


class ItemSource(Base):
    """A path under which an item came, with the label and columns that came with it."""

    __tablename__ = "item_source"
    __table_args__ = (UniqueConstraint("batch_id", "path"),)
    id: Mapped[Id]
    item_id: Mapped[str] = ref("item.id", index=True, cascade=True)
    batch_id: Mapped[str] = ref("import_batch.id", cascade=True)
    path: Mapped[Long]
    label: Mapped[str | None] = mapped_column(Text)
    columns: Mapped[Json]


class ItemColumn(Base):
    """A column of an item (site, camera, customer …), searchable; the first source wins.

    The index leaves the value out: PostgreSQL refuses index rows as long as a caption may be.
    """

    __tablename__ = "item_column"
    __table_args__ = (Index("ix_item_column_name", "name"),)
    item_id: Mapped[str] = ref("item.id", cascade=True, primary=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    value: Mapped[Long]


class RejectedFile(Base):
    """A file that an import refused, with its reason."""

    __tablename__ = "rejected_file"
    __table_args__ = (UniqueConstraint("batch_id", "path"),)
    id: Mapped[Id]
    batch_id: Mapped[str] = ref("import_batch.id", cascade=True)
    path: Mapped[Long]
    reason: Mapped[str] = mapped_column(String(30))
    detail: Mapped[Long]


class DuplicateGroup(Base):
    """Near-duplicates that are shown, split and audited together; or, by ``method`` of cosines,
    pictures that look alike to a model, which are split and, if wanted, stacked together
    (``alike``)."""

    __tablename__ = "duplicate_group"
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", index=True, cascade=True)
    method: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[When]


class Alike(Base):
    """An item whose vector was compared with those of its project; its group, if it looks alike.

    Such groups are kept apart from those of ``item.duplicate_group_id``: the same picture.
    """

    __tablename__ = "alike"
    item_id: Mapped[str] = ref("item.id", cascade=True, primary=True)
    group_id: Mapped[str | None] = ref("duplicate_group.id", index=True, cascade=True)


# Models, embeddings, proposals ----------------------------------------------------------------


class Model(Base):
    """An encoder as it was loaded; another preprocessing or dtype is another model."""

    __tablename__ = "model"
    __table_args__ = (UniqueConstraint("weights_hash", "preprocessing", "dtype"),)
    id: Mapped[Id]
    name: Mapped[Name]
    source: Mapped[Long]
    weights_hash: Mapped[Sha]
    preprocessing: Mapped[str] = mapped_column(String(500))
    dtype: Mapped[str] = mapped_column(String(20))
    dim: Mapped[int]
    objective: Mapped[str] = mapped_column(String(10))
    logit_scale: Mapped[float]
    logit_bias: Mapped[float | None]
    rows: Mapped[Big] = mapped_column(default=0)
    created_at: Mapped[When]


class Embedding(Base):
    """The row of a picture in its model's embedding file."""

    __tablename__ = "embedding"
    model_id: Mapped[str] = ref("model.id", cascade=True, primary=True)
    sha256: Mapped[Sha] = ref("image.sha256", primary=True)
    row: Mapped[Big]


class ProjectFeature(Base):
    """A further model whose vectors the heads of a project may learn from.

    ``model_id`` names the model as it was loaded last, once its vectors are there.
    """

    __tablename__ = "project_feature"
    project_id: Mapped[str] = ref("project.id", cascade=True, primary=True)
    name: Mapped[str] = mapped_column(String(500), primary_key=True)
    model_id: Mapped[str | None] = ref("model.id")
    created_at: Mapped[When]


class TextEmbedding(Base):
    """The normalised vector of a text under a model, float32 little-endian."""

    __tablename__ = "text_embedding"
    model_id: Mapped[str] = ref("model.id", cascade=True, primary=True)
    text_hash: Mapped[Sha] = mapped_column(primary_key=True)
    text: Mapped[Long]
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class Recipe(Base):
    """Everything that a proposal depends on; its id is the SHA-256 of ``spec`` as sorted JSON."""

    __tablename__ = "recipe"
    id: Mapped[Sha] = mapped_column(primary_key=True)
    spec: Mapped[Json]
    created_at: Mapped[When]


class Run(Base):
    """One pre-labeling of a project under one recipe; ``head_id`` is None where it is zero-shot."""

    __tablename__ = "run"
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", index=True, cascade=True)
    recipe_id: Mapped[str] = ref("recipe.id")
    model_id: Mapped[str] = ref("model.id")
    head_id: Mapped[str | None] = ref("head.id", index=True)
    revision: Mapped[int]
    items: Mapped[int] = mapped_column(default=0)
    encoded: Mapped[int] = mapped_column(default=0)
    from_cache: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[When]
    finished_at: Mapped[Maybe]


class Proposal(Base):
    """What a run proposes for an item. ``top`` is ``[[class id, score], …]``, best first.

    ``chosen`` is how many of them, from the first on, are proposed as labels; None in rows that are
    older than thresholds: those with a score of one half.
    """

    __tablename__ = "proposal"
    __table_args__ = (Index("ix_proposal_grid", "run_id", "class_id", "score"),)
    run_id: Mapped[str] = ref("run.id", cascade=True, primary=True)
    item_id: Mapped[str] = ref("item.id", index=True, cascade=True, primary=True)
    class_id: Mapped[str | None] = ref("class_.id")
    score: Mapped[float]
    margin: Mapped[float]
    entropy: Mapped[float]
    none_score: Mapped[float] = mapped_column(default=0.0)
    chosen: Mapped[int | None]
    top: Mapped[JsonList]


class Head(Base):
    """A classifier over embeddings, trained on decisions.

    ``arm`` is ``policy`` (all labels that train) or ``control`` (the permanent random order alone),
    ``labels`` how many it was trained on, ``seq`` the newest decision that it has seen. ``weights``
    is an npz file, ``sha256`` its hash.
    """

    __tablename__ = "head"
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", index=True, cascade=True)
    model_id: Mapped[str] = ref("model.id")
    kind: Mapped[str] = mapped_column(String(40))
    arm: Mapped[str] = mapped_column(String(10), default="policy")
    labels: Mapped[int] = mapped_column(default=0)
    class_set_revision: Mapped[int] = mapped_column(default=1)
    seq: Mapped[Big] = mapped_column(default=0)
    sha256: Mapped[Sha]
    weights: Mapped[bytes] = mapped_column(LargeBinary)
    figures: Mapped[Json]
    created_at: Mapped[When]


class LearningPoint(Base):
    """How a head that learned from the first ``labels`` labels of an arm does on the blind audits.

    ``right`` of ``n`` audits; ``log_loss`` is their mean, in nats. ``figures`` holds what compares
    the arms picture by picture.
    """

    __tablename__ = "learning_point"
    project_id: Mapped[str] = ref("project.id", cascade=True, primary=True)
    arm: Mapped[str] = mapped_column(String(10), primary_key=True)
    labels: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    right: Mapped[int]
    n: Mapped[int]
    log_loss: Mapped[float | None]
    figures: Mapped[Json]
    created_at: Mapped[When]


class Calibration(Base):
    """A map from raw to calibrated scores."""

    __tablename__ = "calibration"
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", index=True, cascade=True)
    recipe_id: Mapped[str] = ref("recipe.id")
    method: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[Json]
    figures: Mapped[Json]
    created_at: Mapped[When]


# The queue and the decisions --------------------------------------------------------------------


class AuditDraw(Base):
    """An item drawn at random for blind decision, with the draw's frame, size and seed.

    ``acceptance_id`` is None where it was drawn at its import. ``shadow_rank`` is the rank after
    which the policy would have picked it, were it no audit; ``passed_seq`` the newest decision when
    it was found that people had come past it.
    """

    __tablename__ = "audit_draw"
    project_id: Mapped[str] = ref("project.id", cascade=True, primary=True)
    item_id: Mapped[str] = ref("item.id", cascade=True, primary=True)
    batch_id: Mapped[str] = ref("import_batch.id", index=True)
    acceptance_id: Mapped[str | None] = ref("acceptance.id", index=True, cascade=True)
    probability: Mapped[float]
    frame_size: Mapped[int]
    draw_size: Mapped[int]
    seed: Mapped[Big]
    shadow_rank: Mapped[int | None]
    passed_seq: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[When]


class CheckDraw(Base):
    """A verified item drawn at random to be looked at once more, with the draw's probability.

    ``purpose`` is ``overlap``, ``probe``, ``recheck`` or ``sample`` (for the second look); or
    ``gold``, which a lead chose: then nothing was drawn, and the probability is 1.
    """

    __tablename__ = "check_draw"
    project_id: Mapped[str] = ref("project.id", cascade=True, primary=True)
    item_id: Mapped[str] = ref("item.id", index=True, cascade=True, primary=True)
    purpose: Mapped[str] = mapped_column(String(10), primary_key=True)
    probability: Mapped[float]
    frame_size: Mapped[int]
    draw_size: Mapped[int]
    seed: Mapped[Big]
    created_at: Mapped[When]


class Assignment(Base):
    """Waiting items that a lead gave to one person: all, those of a class, those of a batch.

    ``class_id`` is the class that is proposed. Lower ``priority`` comes first.
    """

    __tablename__ = "assignment"
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", index=True, cascade=True)
    user_id: Mapped[str] = ref("user.id", index=True)
    class_id: Mapped[str | None] = ref("class_.id")
    batch_id: Mapped[str | None] = ref("import_batch.id", cascade=True)
    priority: Mapped[int] = mapped_column(default=5)
    created_by: Mapped[str | None] = ref("user.id")
    created_at: Mapped[When]
    ended_at: Mapped[Maybe]


IN_LINE = text("queue_entry.state = 'queued'")
"""Is waiting, in so many words: a value that is bound lets SQLite plan anew at each execution,
because it may decide whether ``ix_queue_entry_next`` serves."""


CHECK_WAITS = "purpose <> 'work' AND state <> 'done'"
"""What is in ``ix_queue_entry_check``; databases use it where a query says this word by word."""


class QueueEntry(Base):
    """An item waiting for a person. ``reason`` is the one line that says why it comes now.

    ``slot`` 0 is the first decision on an item, further slots are blind looks of other people.
    An entry with an ``assignee_id`` comes to that person alone; lower ``priority`` comes first.
    ``offered``: it came to somebody at its rank, since the queue was ranked.
    """

    __tablename__ = "queue_entry"
    __table_args__ = (
        Index(
            "ix_queue_entry_next",
            "project_id",
            "assignee_id",
            "priority",
            "rank",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_queue_entry_check",
            "project_id",
            "assignee_id",
            "slot",
            "rank",
            sqlite_where=text(CHECK_WAITS),
            postgresql_where=text(CHECK_WAITS),
        ),
    )
    project_id: Mapped[str] = ref("project.id", cascade=True, primary=True)
    item_id: Mapped[str] = ref("item.id", index=True, cascade=True, primary=True)
    slot: Mapped[int] = mapped_column(primary_key=True, default=0, autoincrement=False)
    purpose: Mapped[str] = mapped_column(String(10), default=Purpose.WORK)
    assignee_id: Mapped[str | None] = ref("user.id")
    priority: Mapped[int] = mapped_column(default=5)
    rank: Mapped[Big]
    state: Mapped[str] = mapped_column(String(10), default=QueueState.QUEUED)
    offered: Mapped[bool | None]
    policy: Mapped[str] = mapped_column(String(60))
    value: Mapped[float | None]
    reason: Mapped[Long]


class Lease(Base):
    """An item offered to one person, in one browser tab, until it expires."""

    __tablename__ = "lease"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "item_id", "slot"],
            ["queue_entry.project_id", "queue_entry.item_id", "queue_entry.slot"],
            ondelete="CASCADE",
        ),
        Index("ix_lease_holder", "project_id", "user_id", "client"),
        Index("ix_lease_expiry", "project_id", "expires_at"),
    )
    project_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, default=0, autoincrement=False)
    user_id: Mapped[str] = ref("user.id")
    client: Mapped[str] = mapped_column(String(64), default="")
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class Decision(Base):
    """One act of a person (or an import, CVAT, an acceptance) on one item. Never changed.

    It outlives its item where the picture is erased: ``item_id`` then stands in ``erased_item``.
    ``seq`` is the server's order; the client's clock counts for nothing. ``policy`` and
    ``pick_rank`` are those of the queue entry that it answers. ``labels`` holds class ids.
    ``ask``: a flag that is a question to the lead.
    ``seconds`` runs from paint, paused while the page is hidden or idle.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_item", "item_id", "seq"),
        Index("ix_decision_user", "project_id", "user_id", "seq"),
    )
    seq: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    act_id: Mapped[str | None] = mapped_column(String(36), index=True)
    project_id: Mapped[str] = ref("project.id", cascade=True)
    item_id: Mapped[str] = mapped_column(String(36))
    user_id: Mapped[str] = ref("user.id")
    kind: Mapped[str] = mapped_column(String(20))
    standing: Mapped[str] = mapped_column(String(20), default=Standing.IN_FORCE)
    purpose: Mapped[str] = mapped_column(String(10), default=Purpose.WORK)
    policy: Mapped[str | None] = mapped_column(String(60))
    pick_rank: Mapped[int | None]
    labels: Mapped[JsonList]
    ask: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None] = mapped_column(Text)
    recipe_id: Mapped[str | None] = ref("recipe.id")
    class_set_revision: Mapped[int]
    guideline_revision: Mapped[int] = mapped_column(default=0)
    view: Mapped[str] = mapped_column(String(10))
    shown_proposal: Mapped[str | None] = mapped_column(String(64))
    blind: Mapped[bool] = mapped_column(default=False)
    seconds: Mapped[float | None]
    source: Mapped[str] = mapped_column(String(60), default="person")
    entered_by: Mapped[str | None] = ref("user.id")
    supersedes: Mapped[str | None] = mapped_column(String(36), index=True)
    created_at: Mapped[When]


class SecondLook(Base):
    """An item that waits for a reviewer, or has had its second look.

    ``kind`` is a ``LookKind``, ``outcome`` a ``LookOutcome``. ``assignee_id`` None: any reviewer.
    """

    __tablename__ = "second_look"
    __table_args__ = (Index("ix_second_look_open", "project_id", "closed_at", "created_at"),)
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", cascade=True)
    item_id: Mapped[str] = ref("item.id", index=True, cascade=True)
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[Long] = mapped_column(default="")
    opened_by: Mapped[str | None] = ref("user.id")
    assignee_id: Mapped[str | None] = ref("user.id")
    created_at: Mapped[When]
    closed_at: Mapped[Maybe]
    closed_by: Mapped[str | None] = ref("user.id")
    outcome: Mapped[str | None] = mapped_column(String(20))


class Comment(Base):
    """A comment on an item."""

    __tablename__ = "comment"
    id: Mapped[Id]
    item_id: Mapped[str] = ref("item.id", index=True, cascade=True)
    user_id: Mapped[str] = ref("user.id")
    text: Mapped[Long]
    created_at: Mapped[When]


class Acceptance(Base):
    """A set of items accepted without looking, with the bound that it rests on.

    ``state``: planned, auditing, accepted, refused, withdrawn. ``scope``: what ``alpha`` bounds the
    error of; ``per_class``: whether each class has a bound of its own.
    """

    __tablename__ = "acceptance"
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", index=True, cascade=True)
    state: Mapped[str] = mapped_column(String(12), default="planned")
    recipe_id: Mapped[str] = ref("recipe.id")
    run_id: Mapped[str] = ref("run.id")
    user_id: Mapped[str] = ref("user.id")
    scope: Mapped[str] = mapped_column(String(10), default="all")
    per_class: Mapped[bool] = mapped_column(default=False)
    alpha: Mapped[float]
    delta: Mapped[float]
    frame_size: Mapped[int] = mapped_column(default=0)
    audit_size: Mapped[int] = mapped_column(default=0)
    looks_done: Mapped[int] = mapped_column(default=0)
    seed: Mapped[Big] = mapped_column(default=0)
    stream_share: Mapped[float] = mapped_column(default=0.0)
    upper_bound: Mapped[float | None]
    figures: Mapped[Json]
    created_at: Mapped[When]
    closed_at: Mapped[Maybe]
    withdrawn_at: Mapped[Maybe]


class AcceptanceItem(Base):
    """An item of an acceptance's frozen frame, with what its run proposed.

    ``drawn``: it belongs to the audit, in the order of ``position``. The frame stays as it was
    frozen: the row outlives an item whose picture is erased.
    """

    __tablename__ = "acceptance_item"
    acceptance_id: Mapped[str] = ref("acceptance.id", cascade=True, primary=True)
    item_id: Mapped[str] = mapped_column(String(36), index=True, primary_key=True)
    class_id: Mapped[str | None] = ref("class_.id")
    score: Mapped[float]
    position: Mapped[int] = mapped_column(default=0)
    drawn: Mapped[bool] = mapped_column(default=False)
    accepted: Mapped[bool] = mapped_column(default=False)


# Jobs -------------------------------------------------------------------------------------------


class Job(Base):
    """A long piece of work with persisted progress. Lower ``priority`` runs first."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_next", "state", "priority", "id"),)
    id: Mapped[Id]
    project_id: Mapped[str | None] = ref("project.id", index=True, cascade=True)
    user_id: Mapped[str | None] = ref("user.id")
    kind: Mapped[str] = mapped_column(String(30))
    parameters: Mapped[Json]
    state: Mapped[str] = mapped_column(String(12), default=JobState.QUEUED)
    priority: Mapped[int] = mapped_column(default=5)
    cursor: Mapped[Json]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    message: Mapped[Long] = mapped_column(default="")
    error: Mapped[Json]
    result: Mapped[Json]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    seconds: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[When]
    started_at: Mapped[Maybe]
    finished_at: Mapped[Maybe]


class JobEvent(Base):
    """A line of a job's log."""

    __tablename__ = "job_event"
    id: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=True)
    job_id: Mapped[str] = ref("job.id", index=True, cascade=True)
    level: Mapped[str] = mapped_column(String(10), default="info")
    text: Mapped[Long]
    created_at: Mapped[When]


# CVAT -------------------------------------------------------------------------------------------


class CvatLink(Base):
    """The CVAT project that a project is synced with; the newest one of a server counts.

    ``labels``: ``{"id", "name"}`` there of each class (and of ``none_of_these``), as last seen;
    ``intended`` beside them: what a label is being called, until it is known to have arrived.
    """

    __tablename__ = "cvat_link"
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", index=True, cascade=True)
    server: Mapped[Long]
    organization: Mapped[str | None] = mapped_column(String(100))
    remote_project_id: Mapped[int | None]
    labels: Mapped[Json]
    watermark: Mapped[Maybe]
    created_at: Mapped[When]


class CvatBatch(Base):
    """One immutable batch of pictures: one CVAT task with one job. Recorded before it is sent.

    ``state``: planned (whether there is a task is not known), created, uploaded (its frames are
    those of the ledger), filled (its tags are written), gone (the task was deleted or moved).
    ``assignee``: who is to get the job, by the name there.
    """

    __tablename__ = "cvat_batch"
    id: Mapped[Id]
    link_id: Mapped[str] = ref("cvat_link.id", index=True, cascade=True)
    task_name: Mapped[Name]
    remote_task_id: Mapped[int | None]
    remote_job_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(20))
    assignee: Mapped[str | None] = mapped_column(String(150))
    created_at: Mapped[When]


class CvatFrame(Base):
    """One picture in a CVAT task: what both sides had at the last sync (``sent_labels``), and when.

    ``intended_labels``: what is being sent; None once it is known to have arrived. ``tag_ids``: the
    tags that it bore there when a sync last left nothing of it to decide; None: not known. The row
    outlives an item whose picture is erased: the picture is still in the task.
    """

    __tablename__ = "cvat_frame"
    __table_args__ = (UniqueConstraint("batch_id", "frame"),)
    batch_id: Mapped[str] = ref("cvat_batch.id", cascade=True, primary=True)
    item_id: Mapped[str] = mapped_column(String(36), index=True, primary_key=True)
    frame: Mapped[int]
    file_name: Mapped[Name]
    sent_labels: Mapped[JsonList]
    sent_at: Mapped[Maybe]
    intended_labels: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    tag_ids: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))


class Conflict(Base):
    """An item that both sides changed; a reviewer settles it.

    ``their_tag_ids``: the tags that stand for ``their_labels`` there; None: not known.
    """

    __tablename__ = "conflict"
    id: Mapped[Id]
    item_id: Mapped[str] = ref("item.id", index=True, cascade=True)
    link_id: Mapped[str] = ref("cvat_link.id", index=True, cascade=True)
    base_labels: Mapped[JsonList]
    our_labels: Mapped[JsonList]
    their_labels: Mapped[JsonList]
    their_tag_ids: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[When]
    settled_by: Mapped[str | None] = mapped_column(String(36))
    settled_at: Mapped[Maybe]


# Snapshots and settings -------------------------------------------------------------------------


class Snapshot(Base):
    """A dataset as it stood, immutable."""

    __tablename__ = "snapshot"
    __table_args__ = (UniqueConstraint("project_id", "name"),)
    id: Mapped[Id]
    project_id: Mapped[str] = ref("project.id", cascade=True)
    name: Mapped[Name]
    user_id: Mapped[str | None] = ref("user.id")
    manifest_sha256: Mapped[Sha]
    manifest: Mapped[Json]
    created_at: Mapped[When]


class SnapshotItem(Base):
    """An item in a snapshot, with the labels and split that it had."""

    __tablename__ = "snapshot_item"
    snapshot_id: Mapped[str] = ref("snapshot.id", cascade=True, primary=True)
    sha256: Mapped[Sha] = mapped_column(primary_key=True)
    labels: Mapped[JsonList]
    state: Mapped[str] = mapped_column(String(20))
    split: Mapped[str | None] = mapped_column(String(20))


class Setting(Base):
    """A value that the programs share."""

    __tablename__ = "setting"
    key: Mapped[Name] = mapped_column(primary_key=True)
    value: Mapped[Json]
    updated_at: Mapped[When] = mapped_column(onupdate=utc_now)
