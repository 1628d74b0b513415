"""The settings: environment variables ``CHIHOI_...`` or a file ``.env``, read once into one frozen object.

A wrong value is one line that names the variable and the shape wanted, never a secret.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.domain.problems import Finding, SettingsProblem

PREFIX = "CHIHOI_"

#: Bot API, setWebhook: Telegram calls only these ports.
WEBHOOK_PORTS = (443, 80, 88, 8443)

# As BotFather gives it: the bot's number, a colon, a secret.
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")

# Bot API, setWebhook.secret_token.
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

_TELEPHONE = re.compile(r"\+?[0-9][0-9 .]{1,18}")


# These may hold a password, so a wrong one is not repeated.
_ADDRESSES = ("database_url", "public_url", "telegram_api")


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a web address")
    _ = parts.port  # ValueError if it is no number
    return value.rstrip("/")


def _secret_web_address(value: SecretStr) -> SecretStr:
    return SecretStr(_web_address(value.get_secret_value().strip()))


def _token(value: SecretStr) -> SecretStr:
    return _matching(value, _TOKEN)


def _webhook_secret(value: SecretStr) -> SecretStr:
    return _matching(value, _WEBHOOK_SECRET)


def _matching(value: SecretStr, shape: re.Pattern[str]) -> SecretStr:
    plain = value.get_secret_value().strip()
    if not shape.fullmatch(plain):
        raise ValueError("not of the shape wanted")
    return SecretStr(plain)


def _telephone(value: str) -> str:
    if not _TELEPHONE.fullmatch(value):
        raise ValueError("not a telephone number")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
Telephone = Annotated[str, AfterValidator(_telephone)]


class Settings(BaseSettings):
    """What can be set; each field's description is the shape wanted, as people are told it.

    The time zone is no setting: Vietnam has one, Asia/Ho_Chi_Minh.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: str = Field("sqlite:///data/chihoi.db", description="địa chỉ dạng sqlite:///đường/dẫn.db")
    plan: Path = Field(Path("plans/kh83-2024"), description="thư mục kế hoạch năm")
    photos: Path = Field(Path("data/photos"), description="thư mục giữ ảnh")
    host: str = Field("127.0.0.1", min_length=1, description="địa chỉ máy chủ web, ví dụ 127.0.0.1")
    port: int = Field(8080, ge=1, le=65535, description="số nguyên từ 1 đến 65535")
    public_url: WebAddress | None = Field(None, description="địa chỉ https mà Telegram gọi tới được")

    phone_page: bool = Field(
        False, description="true hoặc false; true mở trang tập dượt, ai mở trang cũng nói thay được mọi người"
    )
    rehearse_at: datetime | None = Field(
        None, description="ngày giờ để tập dượt, ví dụ 2024-03-14T19:30; bỏ trống khi chạy thật"
    )

    telegram_token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(
        None, description="mã của BotFather, dạng 123456789:AbC... (chữ, số, _ và - sau dấu hai chấm)"
    )
    telegram_token_file: Path | None = Field(None, description="tệp chứa mã của BotFather")
    telegram_api: WebAddress = Field(
        "https://api.telegram.org", description="địa chỉ http(s) của máy chủ Bot API"
    )
    telegram_proxy: Annotated[SecretStr, AfterValidator(_secret_web_address)] | None = Field(
        None, description="địa chỉ proxy dạng http://tên:mật-khẩu@máy:cổng"
    )
    telegram_mode: Literal["polling", "webhook"] = Field("polling", description="polling hoặc webhook")
    telegram_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = Field(
        None, description="1 đến 256 ký tự gồm chữ không dấu, số, _ và -"
    )
    telegram_poll_seconds: int = Field(50, ge=1, le=50, description="số giây từ 1 đến 50")

    hotline_police: Telephone = Field("113", description="số điện thoại")
    hotline_children: Telephone = Field("111", description="số điện thoại")
    hotline_peace_house: Telephone = Field("1900969680", description="số điện thoại")

    keep_raw_days: int = Field(90, ge=1, description="số ngày từ 1 trở lên")
    keep_account_days: int = Field(30, ge=1, description="số ngày từ 1 trở lên")
    keep_photo_days: int = Field(550, ge=1, description="số ngày từ 1 trở lên")
    keep_audit_days: int = Field(731, ge=731, description="số ngày từ 731 trở lên")

    log_format: Literal["text", "json"] = Field("text", description="text hoặc json")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING hoặc ERROR"
    )

    @property
    def hotlines(self) -> Mapping[str, str]:
        """Telephone numbers by name, as texts ask for them (domain.md 6.4, 8.8)."""
        return {
            "police": self.hotline_police,
            "children": self.hotline_children,
            "peace_house": self.hotline_peace_house,
        }

    def secrets(self) -> tuple[str, ...]:
        """Every secret in the settings, for the log to hide."""
        kept = (self.telegram_token, self.telegram_webhook_secret, self.telegram_proxy)
        plain = [secret.get_secret_value() for secret in kept if secret is not None]
        passwords = (_password(value) for value in (*plain, self.database_url))
        return tuple({*plain, *filter(None, passwords)})


def load(env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings; the environment goes before the file. SettingsProblem, a finding a wrong
    variable."""
    try:
        settings = Settings(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsProblem(*(_finding(dict(detail)) for detail in error.errors())) from None
    settings = _with_token_file(settings)
    findings = _together(settings)
    if findings:
        raise SettingsProblem(*findings)
    return settings


def _finding(detail: dict[str, Any]) -> Finding:
    """One of pydantic's errors as a person is told it."""
    name = str(detail["loc"][0])
    field = Settings.model_fields[name]
    wanted = f"cần {field.description}"
    if "SecretStr" in str(field.annotation) or name in _ADDRESSES:
        return Finding(_variable(name), wanted)
    return Finding(_variable(name), f"{wanted} (đang là {str(detail['input'])!r})")


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _with_token_file(settings: Settings) -> Settings:
    """The token from its file, unless it is given itself."""
    path = settings.telegram_token_file
    if path is None or settings.telegram_token is not None:
        return settings
    where = _variable("telegram_token_file")
    try:
        token = _token(SecretStr(path.read_text("utf-8")))
    except OSError as error:
        raise SettingsProblem(Finding(where, f"không đọc được tệp {path} ({error.strerror})")) from None
    except ValueError:
        wanted = Settings.model_fields["telegram_token"].description
        raise SettingsProblem(Finding(where, f"tệp {path} cần chứa {wanted}")) from None
    return settings.model_copy(update={"telegram_token": token})


def _together(settings: Settings) -> list[Finding]:
    """What is wrong only in combination."""
    if settings.telegram_mode != "webhook":
        return []
    findings = []
    if settings.telegram_token is None:
        findings.append(Finding(_variable("telegram_token"), "chế độ webhook cần mã của BotFather"))
    if not _callable(settings.public_url):
        ports = ", ".join(map(str, WEBHOOK_PORTS))
        what = f"chế độ webhook cần địa chỉ https với cổng {ports}"
        findings.append(Finding(_variable("public_url"), what))
    if settings.telegram_webhook_secret is None:
        wanted = Settings.model_fields["telegram_webhook_secret"].description
        findings.append(Finding(_variable("telegram_webhook_secret"), f"chế độ webhook cần {wanted}"))
    return findings


def _callable(url: str | None) -> bool:
    """Whether Telegram would call it."""
    parts = urlsplit(url or "")
    return parts.scheme == "https" and (parts.port or 443) in WEBHOOK_PORTS


def _password(url: str) -> str:
    """The password in a URL, "" if there is none."""
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""
