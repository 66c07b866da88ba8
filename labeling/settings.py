"""Settings of one installation: from arguments, then ``PRELABEL_*`` variables, then defaults."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from labeling.errors import SettingsError


class Settings(BaseSettings):
    """Frozen settings; every field can be set as ``PRELABEL_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="PRELABEL_", frozen=True, extra="ignore")

    home: Path = Field(
        default=Path("~/.prelabel"), description="Database, pictures, embeddings, models, logs."
    )
    database_url: str | None = Field(
        default=None, description="PostgreSQL by URL; default: SQLite in the home folder."
    )
    blob_url: str | None = Field(
        default=None, description="Where pictures are kept (path or fsspec URL such as s3://…)."
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", description="Where models run."
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="Number format of the model's weights."
    )
    max_megabytes: int = Field(default=200, gt=0, description="Largest picture file accepted.")
    max_megapixels: int = Field(default=178, gt=0, description="Largest picture accepted.")
    allowed_hosts: str = Field(
        default="", description="Host names, comma separated, that the server answers to."
    )
    public_url: str = Field(
        default="", description="Where browsers find the server, such as https://labels.example."
    )
    trusted_proxies: str = Field(
        default="", description="Addresses, comma separated, whose X-Forwarded-For is believed."
    )
    login_days: int = Field(default=14, ge=1, le=365, description="How long an unused login lasts.")
    oidc_issuer: str = Field(
        default="", description="Address of the OpenID Connect provider that people log in with."
    )
    oidc_client_id: str = Field(default="", description="Our name at the provider.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Our secret at the provider."
    )
    oidc_name: str = Field(default="single sign-on", description="The provider's name for people.")
    oidc_domains: str = Field(
        default="", description="Domains of e-mail addresses, comma separated, that may log in."
    )
    oidc_claim: str = Field(
        default="", description="What an identity must say, as claim=value, to log in."
    )
    oidc_role: Literal["guest", "annotator", "reviewer", "lead", "admin", "none"] = Field(
        default="annotator", description="The role that somebody gets at their first login."
    )
    oidc_roles: str = Field(
        default="",
        description="Roles by values of a claim, such as groups:labelers=annotator,leads=lead; "
        "asked at each login.",
    )
    oidc_admins: str = Field(
        default="", description="E-mail addresses, comma separated, of people who are admins."
    )

    @property
    def root(self) -> Path:
        """The home folder, absolute."""
        return self.home.expanduser().resolve()

    @property
    def models_dir(self) -> Path:
        """Where a person puts models of their own."""
        return self.root / "models"

    @property
    def exports_dir(self) -> Path:
        """Where the app writes exports."""
        return self.root / "exports"

    def as_environment(self) -> dict[str, str]:
        """The variables that give another process the same settings, those for logins aside."""
        values = self.model_dump(mode="json", exclude_none=True, exclude={"oidc_client_secret"})
        return {f"PRELABEL_{name.upper()}": str(value) for name, value in values.items()}


def load_settings(**given: Any) -> Settings:
    """Settings from the arguments that are not None, then the environment.

    Raises:
        SettingsError: a value can't be used; says which and why.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "PRELABEL_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"the setting {name} can't be used: {first['msg']}") from None
