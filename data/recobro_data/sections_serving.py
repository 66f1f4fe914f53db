"""The section `[serving]` of `recobro.toml`: how the API answers, what it lets in, and whom it tells."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

#: Who is on this machine needs no certificate to be who it is.
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


class _Section(BaseModel):
    # No comparison is ever true of NaN, so a range alone would let it in.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Oidc(_Section):
    """Tokens of an OpenID Connect provider beside keys; off while `issuer` is empty.

    | key | meaning |
    |---|---|
    | issuer, audience | what `iss` and `aud` of a token must be |
    | jwks_url | where the provider's public keys are; https, or this machine |
    | scopes_claim, portfolios_claim | claims with the scopes and the portfolios: a list, or words with blanks between |
    | leeway_seconds | by how much the provider's clock may differ |
    """

    issuer: str = ""
    audience: str = ""
    jwks_url: str = ""
    scopes_claim: str = "scope"
    portfolios_claim: str = "portfolios"
    leeway_seconds: int = Field(30, ge=0, le=300)

    @model_validator(mode="after")
    def _whole(self) -> Oidc:
        if self.issuer and not (self.audience and self.jwks_url):
            raise ValueError("serving.oidc needs issuer, audience and jwks_url together")
        url = urlsplit(self.jwks_url)
        if self.jwks_url and url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOCAL_HOSTS):
            raise ValueError("serving.oidc.jwks_url must begin with https://")
        return self


class Serving(_Section):
    """How the API answers by day.

    | key | meaning |
    |---|---|
    | lease_minutes, max_claim | how long a claimed item is an agent's; how many items one claim may take |
    | event_keep_days | how long events stay in the store once the lake has them |
    | max_body_bytes, max_json_depth | largest body of a call, and how deep its JSON may nest |
    | max_seconds | longest time for an answer, exports apart |
    | rate_per_minute | calls a minute that a key without a limit of its own may make in one process; 0: any number |
    | key_cache_seconds | how long a key is taken as valid without asking PostgreSQL again (SQLite tells of changes) |
    | graceful_seconds | how long a process that is told to stop may take to finish what it began |
    | stale_plan_hours | from this age on `readyz` calls the plan stale |
    | hsts_seconds | `max-age` of Strict-Transport-Security; 0: no such header |
    | cors_origins | web pages of these origins may call the API from a browser |
    | log_format, log_level | of the lines that `recobro serve` writes |
    | audit_debtors | `hash`: the audit log holds a keyed hash of the debtor; `none`: nothing of the debtor |
    | webhooks | whether this process delivers webhooks |
    | webhook_allow_private | lets webhooks go to private and loopback addresses, and over http |
    | webhook_keep_days | how long delivered and dead deliveries are kept |
    | traces_url | where OpenTelemetry traces go (OTLP over HTTP, the whole address); empty: nowhere |
    """

    lease_minutes: int = Field(30, ge=1, le=24 * 60)
    max_claim: int = Field(100, ge=1, le=1000)
    event_keep_days: int = Field(7, ge=2, le=3650)
    max_body_bytes: int = Field(5_000_000, ge=1_000, le=1_000_000_000)
    max_json_depth: int = Field(32, ge=4, le=200)
    max_seconds: float = Field(30.0, gt=0, le=3600)
    rate_per_minute: int = Field(120_000, ge=0)
    key_cache_seconds: float = Field(1.0, ge=0, le=60)
    graceful_seconds: int = Field(30, ge=0, le=3600)
    stale_plan_hours: float = Field(36.0, gt=0)
    hsts_seconds: int = Field(0, ge=0)
    cors_origins: tuple[str, ...] = ()
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    audit_debtors: Literal["hash", "none"] = "hash"
    webhooks: bool = True
    webhook_allow_private: bool = False
    webhook_keep_days: int = Field(30, ge=1)
    traces_url: str = ""
    oidc: Oidc = Oidc()

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # `*` would let any page use a key that a browser holds.
        wrong = [origin for origin in value if not _is_origin(origin)]
        if wrong:
            raise ValueError(f"origins read https://HOST, found {wrong[0]!r}")
        return value


def _is_origin(text: str) -> bool:
    url = urlsplit(text)
    return url.scheme in ("http", "https") and bool(url.hostname) and text == f"{url.scheme}://{url.netloc}"
