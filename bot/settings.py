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

from storage.domain.messages import Address
from storage.domain.problems import Finding, SettingsProblem
from storage.sealing import is_recipient

PREFIX = "CHIHOI_"

#: Bot API, setWebhook: Telegram calls only these ports.
WEBHOOK_PORTS = (443, 80, 88, 8443)

# As BotFather gives it: the bot's number, a colon, a secret.
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")

# Bot API, setWebhook.secret_token.
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

# As Zalo Bot Creator gives it; the docs' sample is 12345689:abc-xyz.
_ZALO_TOKEN = re.compile(r"[A-Za-z0-9_-]+:[A-Za-z0-9_.~-]+")

# Zalo Bot, setWebhook.secret_token: 8-256.
_ZALO_SECRET = re.compile(r"[A-Za-z0-9_-]{8,256}")

_TELEPHONE = re.compile(r"\+?[0-9][0-9 .]{1,18}")


# These may hold a password, so a wrong one is not repeated.
_ADDRESSES = (
    "database_url", "public_url", "telegram_api", "zalo_bot_api", "zalo_oa_api", "zalo_oauth", "zalo_zns_url",
)  # fmt: skip


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


def _zalo_token(value: SecretStr) -> SecretStr:
    return _matching(value, _ZALO_TOKEN)


def _zalo_secret(value: SecretStr) -> SecretStr:
    return _matching(value, _ZALO_SECRET)


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


def _recipient(value: str) -> str:
    if not is_recipient(value):
        raise ValueError("not an age public key")
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

    database_url: str = Field(
        "sqlite:///data/chihoi.db",
        description="địa chỉ dạng sqlite:///đường/dẫn.db hoặc postgresql://tên@máy/csdl",
    )
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
    telegram_per_second: float = Field(25.0, ge=1, le=1000, description="số tin mỗi giây, từ 1 đến 1000")

    zalo_proxy: Annotated[SecretStr, AfterValidator(_secret_web_address)] | None = Field(
        None, description="địa chỉ proxy dạng http://tên:mật-khẩu@máy:cổng"
    )
    zalo_file_hosts: str = Field("", description="các máy giữ ảnh, cách nhau dấu phẩy")

    zalo_bot_token: Annotated[SecretStr, AfterValidator(_zalo_token)] | None = Field(
        None, description="mã của Zalo Bot Creator, dạng 12345689:abc-xyz"
    )
    zalo_bot_token_file: Path | None = Field(None, description="tệp chứa mã của Zalo Bot Creator")
    zalo_bot_api: WebAddress = Field(
        "https://bot-api.zaloplatforms.com", description="địa chỉ http(s) của Zalo Bot"
    )
    zalo_bot_mode: Literal["polling", "webhook"] = Field("polling", description="polling hoặc webhook")
    zalo_bot_secret: Annotated[SecretStr, AfterValidator(_zalo_secret)] | None = Field(
        None, description="8 đến 256 ký tự gồm chữ không dấu, số, _ và -"
    )
    zalo_bot_poll_seconds: int = Field(30, ge=0, le=30, description="số giây từ 0 đến 30")
    zalo_bot_poll_pause: float = Field(1.0, ge=0, le=60, description="số giây từ 0 đến 60")
    zalo_bot_monthly: int = Field(3000, ge=0, description="số tin mỗi tháng, 0 là không giới hạn")
    zalo_bot_users: int = Field(50, ge=0, description="số người dùng, 0 là không giới hạn")

    zalo_oa_app_id: str = Field("", pattern=r"^\d*$", description="mã số ứng dụng, chỉ gồm chữ số")
    zalo_oa_app_secret: SecretStr | None = Field(None, description="khóa bí mật của ứng dụng")
    zalo_oa_app_secret_file: Path | None = Field(None, description="tệp chứa khóa bí mật của ứng dụng")
    zalo_oa_secret_key: SecretStr | None = Field(
        None, description="OA Secret Key (trang OA, không phải ứng dụng)"
    )
    zalo_oa_secret_key_file: Path | None = Field(None, description="tệp chứa OA Secret Key")
    zalo_oa_refresh_token: SecretStr | None = Field(None, description="refresh token đầu tiên của OA")
    zalo_oa_refresh_token_file: Path | None = Field(
        None, description="tệp chứa refresh token đầu tiên của OA"
    )
    zalo_oa_api: WebAddress = Field("https://openapi.zalo.me", description="địa chỉ http(s) của OpenAPI")
    zalo_oauth: WebAddress = Field("https://oauth.zaloapp.com", description="địa chỉ http(s) của máy cấp mã")
    zalo_oa_proof: bool = Field(False, description="true hoặc false; true gửi kèm appsecret_proof")
    zalo_oa_button: Literal["oa.query.show", "oa.query.hide"] = Field(
        "oa.query.show", description="oa.query.show hoặc oa.query.hide"
    )
    zalo_oa_template_type: Literal["", "button"] = Field("", description="để trống hoặc button")
    zalo_oa_free_messages: int = Field(8, ge=1, description="số tin miễn phí sau mỗi lần người dùng nhắn")
    zalo_oa_paid: bool = Field(False, description="true hoặc false; true cho gửi tin nhắc có tính phí")
    zalo_oa_outside: Literal["wait", "list"] = Field("list", description="wait hoặc list")
    zalo_oa_monthly: int = Field(0, ge=0, description="số tin mỗi tháng theo gói, 0 là không giới hạn")
    zalo_zns_url: WebAddress = Field(
        "https://business.openapi.zalo.me/message/template", description="địa chỉ http(s) gửi tin mẫu ZNS"
    )
    zalo_zns_template: str = Field("", description="mã số mẫu ZNS đã duyệt")
    zalo_zns_by: Literal["user", "phone"] = Field("user", description="user hoặc phone")
    zalo_zns_data: dict[str, str] = Field(
        {"noi_dung": "{text}"}, description='các ô của mẫu dạng JSON, ví dụ {"noi_dung": "{text}"}'
    )

    metrics_token: SecretStr | None = Field(
        None, description="mật khẩu để đọc /metrics từ máy khác; bỏ trống: chỉ máy này đọc được"
    )

    alerts_to: str = Field(
        "",
        pattern=r"^(\w+:[^,:\s]+(,\s*\w+:[^,:\s]+)*)?$",
        description="dạng telegram:123456789, cách nhau dấu phẩy",
    )

    backup_folder: Path = Field(Path("data/backups"), description="thư mục giữ bản sao lưu")
    backup_recipient: Annotated[str, AfterValidator(_recipient)] | None = Field(
        None, description="khóa công khai dạng age1... (tạo bằng chihoi backup --new-key TỆP)"
    )
    backup_keep_days: int = Field(30, ge=1, le=3650, description="số ngày từ 1 đến 3650")
    telegram_name: str = Field("", description="tên trợ lý trên Telegram, không có @")
    zalo_name: str = Field("", description="tên để tìm trợ lý trên Zalo")
    zalo_link: str = Field("", description="địa chỉ mở trợ lý trên Zalo")

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

    @property
    def alert_addresses(self) -> tuple[Address, ...]:
        """The accounts that are told of troubles."""
        named = filter(None, (each.strip() for each in self.alerts_to.split(",")))
        return tuple(Address(*each.split(":", 1)) for each in named)

    @property
    def zalo_hosts(self) -> tuple[str, ...]:
        """The hosts files may be fetched from beside Zalo's own."""
        return tuple(filter(None, (host.strip() for host in self.zalo_file_hosts.split(","))))

    def secrets(self) -> tuple[str, ...]:
        """Every secret in the settings, for the log to hide."""
        kept = (getattr(self, name) for name in type(self).model_fields)
        plain = [secret.get_secret_value() for secret in kept if isinstance(secret, SecretStr)]
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
    for name in ("zalo_bot_token", "zalo_oa_app_secret", "zalo_oa_secret_key", "zalo_oa_refresh_token"):
        settings = _with_file(settings, name)
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


def _with_file(settings: Settings, name: str) -> Settings:
    """A secret from the file ``<name>_file`` names, unless it is given itself."""
    path = getattr(settings, f"{name}_file")
    if path is None or getattr(settings, name) is not None:
        return settings
    where = _variable(f"{name}_file")
    try:
        plain = path.read_text("utf-8").strip()
    except OSError as error:
        raise SettingsProblem(Finding(where, f"không đọc được tệp {path} ({error.strerror})")) from None
    if not plain or (name == "zalo_bot_token" and not _ZALO_TOKEN.fullmatch(plain)):
        wanted = Settings.model_fields[name].description
        raise SettingsProblem(Finding(where, f"tệp {path} cần chứa {wanted}"))
    return settings.model_copy(update={name: SecretStr(plain)})


def _together_zalo(settings: Settings) -> list[Finding]:
    """What is wrong only in combination, of the two Zalo channels."""
    findings = []
    if settings.zalo_bot_token is not None and settings.zalo_bot_mode == "webhook":
        if not (settings.public_url or "").startswith("https://"):
            findings.append(Finding(_variable("public_url"), "chế độ webhook cần địa chỉ https"))
        if settings.zalo_bot_secret is None:
            wanted = Settings.model_fields["zalo_bot_secret"].description
            findings.append(Finding(_variable("zalo_bot_secret"), f"chế độ webhook cần {wanted}"))
    needed = ("zalo_oa_app_secret", "zalo_oa_secret_key")
    if settings.zalo_oa_app_id:
        findings += [
            Finding(_variable(name), f"Zalo OA cần {Settings.model_fields[name].description}")
            for name in needed
            if getattr(settings, name) is None
        ]
    return findings


def _together(settings: Settings) -> list[Finding]:
    """What is wrong only in combination."""
    findings = _together_zalo(settings)
    if settings.telegram_mode != "webhook":
        return findings
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
