"""``chihoi init``: make what a new installation needs, and bring an older database up to date."""

from pathlib import Path

from bot.cli.shared import say
from bot.settings import load
from storage.migrations import open_database
from storage.plan_files import load_plan

EXAMPLE = """\
# Cài đặt của Chi Hội. Bỏ dấu # ở đầu dòng để dùng. Giải thích từng dòng: docs/settings.md
#CHIHOI_DATABASE_URL=sqlite:///data/chihoi.db
#CHIHOI_PLAN=plans/kh83-2024
#CHIHOI_PHOTOS=data/photos
#CHIHOI_HOST=127.0.0.1
#CHIHOI_PORT=8080
#CHIHOI_ZALO_BOT_TOKEN=
#CHIHOI_ZALO_OA_APP_ID=
#CHIHOI_TELEGRAM_TOKEN=
#CHIHOI_TELEGRAM_API=https://api.telegram.org
#CHIHOI_TELEGRAM_PROXY=
"""


def init() -> None:
    """Chuẩn bị máy: tạo cơ sở dữ liệu, thư mục ảnh và tệp cài đặt mẫu. Chạy lại không mất gì."""
    settings = load()
    plan = load_plan(settings.plan)
    open_database(settings.database_url).close()
    settings.photos.mkdir(parents=True, exist_ok=True)
    env = Path(".env")
    if not env.exists():
        env.write_text(EXAMPLE, encoding="utf-8")
        say("Đã tạo tệp cài đặt mẫu .env.")
    say(f"Cơ sở dữ liệu đã sẵn sàng, kế hoạch: {plan.title}.")
    say("Tiếp theo: chihoi units import TỆP, rồi chihoi doctor.")
