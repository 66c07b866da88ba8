"""The one place where parts are put together: database, pictures, embeddings, models.

Tests swap parts here, not by patching. The app process never asks for ``encoder``: only that
imports torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.engine import Database, sqlite_url
from db.errors import SchemaMismatch, StoreUnavailable
from db.schema import require_current
from db.state_counts import StateCounts
from db.tables import utc_now
from labeling.encoders.cache import EmbeddingStore
from labeling.encoders.needs import require_reachable
from labeling.encoders.registry import resolve, resolve_with_texts
from labeling.errors import SchemaVersionError, SettingsError
from labeling.images.blobs import BlobStore
from labeling.images.decode import Limits
from labeling.settings import Settings

if TYPE_CHECKING:
    from labeling.encoders.base import Encoder, ImageEncoder


LabelErrors = dict[str, tuple[float, dict[str, Any] | None]]
"""Error of verified labels by project id, each with when it was counted (monotonic seconds)."""


@dataclass
class Workspace:
    """What a workflow works with.

    ``label_errors``: what ``workflows.label_error`` has counted lately.
    """

    settings: Settings
    db: Database
    blobs: BlobStore
    clock: Callable[[], datetime] = utc_now
    state_counts: StateCounts = field(default_factory=StateCounts)
    label_errors: LabelErrors = field(default_factory=dict)
    _encoders: dict[str, Encoder] = field(default_factory=dict)
    _features: dict[str, ImageEncoder] = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        """What a picture may measure."""
        return Limits(
            max_bytes=self.settings.max_megabytes * 1_000_000,
            max_pixels=self.settings.max_megapixels * 1_000_000,
        )

    def encoder(self, name: str) -> Encoder:
        """The encoder ``name``, loaded and self-tested once per process. Imports torch.

        A hub that does not answer is found out before that import, which takes seconds.

        Raises:
            EncoderError: it can't be loaded, reached, or fails its self-test.
            InputError: it knows no texts.
        """
        if name not in self._encoders:
            spec = resolve_with_texts(name, self.settings.models_dir)
            require_reachable(spec, self.settings.models_dir)
            from labeling.encoders.open_clip import load

            self._encoders[name] = load(spec, **self._placed)
        return self._encoders[name]

    def image_encoder(self, name: str) -> ImageEncoder:
        """The encoder ``name``, whether it knows texts or not; as ``encoder`` does.

        Raises:
            EncoderError: it can't be loaded, reached, or fails its self-test.
        """
        spec = resolve(name, self.settings.models_dir)
        if spec.has_texts:
            return self.encoder(name)
        if name not in self._features:
            require_reachable(spec, self.settings.models_dir)
            from labeling.encoders.timm_features import load

            self._features[name] = load(spec, **self._placed)
        return self._features[name]

    @property
    def _placed(self) -> dict[str, Any]:
        """Where models run, and where their files may lie."""
        given = self.settings
        return {"device": given.device, "dtype": given.dtype, "models_dir": given.models_dir}

    def embeddings(
        self, model_id: str, dim: int, rows: int, *, writer: bool = False
    ) -> EmbeddingStore:
        """The embedding file of a model, of which ``rows`` rows are committed.

        Raises:
            BusyError: ``writer`` is asked for and another process has it.
            EncoderError: the file is shorter than the database says.
        """
        return EmbeddingStore(self._embedding_file(model_id), dim, rows, writer)

    def stored_embeddings(self, model_id: str, dim: int) -> int:
        """How many rows the embedding file of a model holds, whatever the database says."""
        return EmbeddingStore.whole_rows(self._embedding_file(model_id), dim)

    def _embedding_file(self, model_id: str) -> Path:
        return self.settings.root / "embeddings" / f"{model_id}.f16"

    def close(self) -> None:
        """Let go of the database."""
        self.db.close()


def open_workspace(settings: Settings) -> Workspace:
    """Open the home folder, creating it and an empty database where there is none.

    Raises:
        SettingsError: the folder or the database can't be opened.
        SchemaVersionError: the database was made by another version of Prelabel.
    """
    workspace = connect(settings)
    try:
        require_current(workspace.db)
    except SchemaMismatch as error:
        workspace.close()
        raise SchemaVersionError(
            f"the database is at schema {error.found}, this version of Prelabel needs "
            f"{error.expected}",
            f"Back it up, then run: prelabel db upgrade --home {settings.root}",
        ) from error
    except StoreUnavailable as error:
        workspace.close()
        raise SettingsError(str(error), "Check PRELABEL_HOME and PRELABEL_DATABASE_URL.") from error
    return workspace


def connect(settings: Settings) -> Workspace:
    """Like ``open_workspace``, but whatever version the database has.

    Raises:
        SettingsError: the home folder can't be made or written, or the URL can't be used.
    """
    root = settings.root
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        _require_writable(root)
        db = Database(settings.database_url or sqlite_url(root / "prelabel.db"))
    except OSError as error:
        raise SettingsError(
            f"the home folder {root} can't be written: {error.strerror}",
            "Choose another one with --home or PRELABEL_HOME.",
        ) from error
    except StoreUnavailable as error:
        raise SettingsError(str(error), "Check PRELABEL_DATABASE_URL.") from error
    return Workspace(settings, db, BlobStore(settings.blob_url or str(root / "pictures")))


def _require_writable(root: Path) -> None:
    if not os.access(root, os.W_OK):
        raise PermissionError(13, "permission denied", str(root))
