"""When she will do it: "tí nữa", "tối chị làm", "mai chị báo", "8h tối nhắc chị", "đang đi cấy"."""

import re
from datetime import datetime, time, timedelta, timezone

from handlers.language.calendar_words import date_text
from handlers.language.dates import find_day
from handlers.language.normalise import Said
from handlers.language.phrasebook import Phrasebook
from handlers.language.reading import Context, Reading
from handlers.language.times import find_time

# Without one of these nothing is put off; most replies stop here.
_TRIGGERS = frozenset(
    [
        "sau",
        "nua",
        "mai",
        "toi",
        "chieu",
        "sang",
        "trua",
        "dem",
        "tuan",
        "thu",
        "t",
        "chu",
        "cn",
        "ban",
        "dang",
        "lat",
        "ty",
        "chut",
        "choc",
        "de",
        "cho",
        "doi",
        "ranh",
        "h",
        "g",
        "gio",
        "khac",
        "kia",
        "mot",
        "ngay",
        "mung",
        "mong",
        "hom",
        "phut",
        "p",
        "tieng",
        "luc",
        "met",
        "om",
        "khach",
        "tien",
        "ve",
        "xong",
        "teo",
        "dau",
        "cuoi",
        "thang",
        "tu",
        "thong",
        "hen",
        "thong",
        "nhac",
    ]
)
ZONE = timezone(timedelta(hours=7))
MORNING, NOON, AFTERNOON, EVENING = time(8, 30), time(12, 0), time(14, 0), time(19, 30)

_PHRASES = Phrasebook[str]({
    "some_time": """để sau; để lúc khác; lúc khác; khi khác; để khi khác; hôm khác; để hôm khác; sau;
        sau nhé; để đó; cứ để đó; để rảnh; khi nào rảnh; lúc nào rảnh;
        để chị rảnh; đợi chị rảnh; khi nào rảnh chị làm; lúc nào rảnh chị làm; rảnh chị làm; để sau đi;
        thôi để sau; để sau em nhé; bận; bận lắm; bận quá; đang bận; đang bận lắm;
        đang dở tay; đang dở việc; chưa rảnh; không rảnh; giờ bận; giờ đang bận; chị bận; chị bận rồi;
        bận rồi; hôm nay bận; chưa làm được bây giờ; bây giờ bận; để chị xem;
        để chị hỏi; để chị hỏi đã; để chị hỏi lại; để chị xem lại; để chị xem đã; để chị kiểm tra;
        để chị kiểm tra lại; để chị đếm; để chị đếm lại; để chị tính; để chị tính đã; để chị tổng hợp;
        để chị tổng hợp đã; chờ chị tí; đợi chị tí; chờ tí; đợi tí; chờ chị; đợi chị; chờ chút;
        đợi chút; chờ một chút; đợi một lúc; chờ chị một lúc; từ từ chị làm; từ từ; chị làm sau; làm sau;
        gửi sau; báo sau; báo cáo sau; trả lời sau; nhắn sau; chị báo sau; chị gửi sau;
        chị trả lời sau; chị nhắn sau; chị báo lại sau; báo lại sau; bận tí; bận chút; bận việc;
        đang có việc;
        đang có khách; có khách; đang có việc bận; nhà đang có việc; nhà có việc; nhà đang có khách;
        rảnh chị nhắn; rảnh chị báo; rảnh chị gửi; rảnh chị trả lời; hẹn khi khác; bữa khác;
        để bữa khác; thư thư đã;
        đang mệt; chị mệt; đang ốm; chị đang ốm; đang ở viện; không tiện; giờ không tiện; chưa tiện;
        đang không tiện; hôm nay chưa làm được; xong việc chị báo; lúc nào rảnh chị nhắn;
        thong thả chị làm;
        chưa làm bây giờ; giờ chưa làm được; để chị nhớ lại; để chị nhớ đã; để chị nghĩ đã; đợi chị về;
        đợi chị về nhà; về nhà chị làm; về nhà chị báo; tan họp chị báo; họp xong chị báo;
        ăn xong chị làm""",
    "soon": """tí nữa; chút nữa; lát nữa; chốc nữa; lúc nữa; một lát nữa; một lúc nữa; tí; lát; chốc;
        một tí nữa; một chút nữa; tí nữa chị làm; lát nữa chị làm;
        tí nữa làm; lát chị làm; tí chị làm; lát nữa nhé; tẹo nữa; tẹo; lát nữa chị báo;
        tí nữa chị báo; lát chị báo; tí chị báo; tí nữa chị gửi; lát nữa chị gửi; để tí nữa;
        để lát nữa; để chốc nữa; để chút nữa; để lát; để tí; chút chị làm; chút nữa chị làm;
        nhắc chị sau; tí nữa nhắc chị; lát nữa nhắc chị; lát nhắc chị; tí nhắc chị; chốc nữa chị làm;
        chốc chị làm;
        ít phút nữa; mấy phút nữa; vài phút nữa; tí nữa chị nhắn; lát nữa chị nhắn; lát chị nhắn;
        lát chị gửi; tí chị gửi; đợi tí nữa; chờ tí nữa; đợi lát nữa; lát chị trả lời; tí nữa chị trả lời;
        lát nữa chị trả lời""",
})  # fmt: skip
_BUSY = re.compile(
    r"^(?:(?:chi|co|bac|toi|minh|gio|bay gio|hom nay|giờ|hien|em oi) )*(?:van )?dang (?:di |o "
    r"|tren |trong |ngoai |giua |do )?"
    r"(?:hop|cay|gat|cho|lam (?:dong|ruong|viec|co|ca|vuon|com|mam|hang|gio|nha)|dong|ruong|ban"
    r"|nau|an|ngu|don|giat|tam|xe|duong|ngoai|trong|benh|hat|tap|bua|tap huan|lai xe|di|cho an"
    r"|cho con|cho chau|trong chau|be chau|cham|ban hang|nha tre|vien|quet|hai|thu hoach|phun"
    r"|bon|tia"
    r"|cuoi|dam|gio|le|hoi nghi|bao ve|lam dong|xay|phoi|cho|nghi|bon phan|mua|rua|nhat|tuoi|don "
    r"dep|cau|giup|nghi trua|luyen|don|co viec|o que|que|ru chau|ru con|ru|o nha|o xa|vang nha"
    r"|du lich|chay|hoi|hội|ve que|cong tac)\b"
)
_WILL = re.compile(
    r"^(?:(?:de|thoi|u|ok|vang|da|hen|đến|den) )*(?P<when>.+?)"
    r"(?: (?:(?:nhe|nha|em|oi|roi|thi|chi|co|bac|toi|tôi|minh|chau|se|moi|lai|nhac|bao|gui|lam"
    r"|nhan|tra loi|hoi|nop|bao cao|xem|tinh|ghi|tong hop|giup|cho|ho|di|a|ve|an com xong|xong"
    r"|ranh|duoc|so|not|tiep|tin|hen|goi|day|vay|the|luon|noi|con|di lam ve|cap nhat|bo sung|lam "
    r"tiep|len|len xa|kiem tra|trao doi|gap|tối|viec) ?)+)?$"
)
_NEED_VERB = re.compile(
    r"\b(lam|bao|gui|nhan|tra loi|nop|bao cao|nhac|xem|tinh|ghi|hoi|tong hop|ranh|goi|cap nhat|bo sung)\b"
)
_SHE_WILL = re.compile(
    r"^ (?:chi|co|bac|toi|minh|em)(?: se| moi)? (?:bao|gui|lam|nhan|nop|tra loi|goi|ghi|xem)\b"
)
_SOON = re.compile(r"^(?:de |doi |cho |mot )*(?:ty|lat|chut|choc|teo|luc) ?(?:nua|sau)?$")
_GONE = re.compile(
    r"^(?:(?:chi|co|bac|toi|minh) )?(?:di|ra) (?:cay|gat|cho|dong|ruong|lam|ban hang|nuong|hop"
    r"|be|bien|lam dong)(?: (?:roi|day|da|mat roi))?$"
)
_LET_ME = re.compile(
    r"^(?:thoi |da |u |ok )?(?:de|cho|doi) (?:chi|co|bac|toi|minh) (?:hoi|xem|nghi|kiem tra|dem"
    r"|tinh|tong hop|ra soat|trao doi|ve|ban|di (?:cho|lam|hop|cay|gat|don|ve))(?: \S+){0,4}$"
)
_PART_TIMES = {
    "sang": MORNING,
    "trua": NOON,
    "chieu": AFTERNOON,
    "toi": EVENING,
    "tối": EVENING,
    "dem": EVENING,
}
_WHEN_PART = re.compile(
    r"^(?:(?:buoi|vao|khoang|tam|den|hen) )*(sang|trua|chieu|toi|tối|dem)(?: (?:(nay|mai|kia)"
    r"|ngay mai|hom nay))?$"
)
_SPAN = re.compile(
    r"^(?:khoang |tam |do |sau )?(?:([0-9]{1,3}) ?(phut|p|tieng|gio|h|ngay|hom|tuan)|(nua) "
    r"(?:tieng|gio)|(mot|1) (?:tieng|gio|h) (?:ruoi)|(mot) (tieng|gio|ngay|hom|tuan)|(hai) "
    r"(tieng|gio|ngay|hom|tuan))(?: nua)?$"
)


def local_now(context: Context) -> datetime:
    """The local time of the province, without offset."""
    now = context.now
    return (now.astimezone(ZONE) if now.tzinfo is not None else now).replace(tzinfo=None)


def read_later(said: Said, context: Context, asked_for_time: bool = False) -> Reading | None:
    """A wish to do it later, with the local time when one was said."""
    if (said.bares.isdisjoint(_TRIGGERS) and ":" not in said.marks) or len(said.words) > 16:
        return None
    now = local_now(context)
    for words in said.ways:
        found = _PHRASES.find(words)
        if found is not None:
            at = now + timedelta(hours=1) if found.payload == "soon" else None
            return _later(at)
    text = date_text(said)
    if _BUSY.match(text) and not re.search(r"[0-9]|\b(roi|xong|khong|chua)\b", text.split("dang", 1)[1]):
        return _later(None)
    if _GONE.match(text):
        return _later(None)
    if _LET_ME.match(text) and not re.search(r"[0-9]", text):
        return _later(None)
    return _timed(text, now, asked_for_time)


def _later(at: datetime | None) -> Reading:
    stamp = at.replace(second=0, microsecond=0).isoformat() if at else None
    return Reading("later", at=stamp, reason="said_later")


def _timed(text: str, now: datetime, asked_for_time: bool) -> Reading | None:
    match = _WILL.match(
        re.sub(r"^(?:chi|co|bac|toi|tôi|minh) (?=(?:tối|chieu|sang|trua|mai|de|lat|hen)\b)", "", text)
    )
    if match is None or re.search(r"\b(qua|chua|khong|vua|da roi)\b", text):
        return None
    when = match["when"].strip()
    tail = text[match.end("when") :]
    at = _moment(when, now)
    if at is None:
        return None
    weak_when = not re.search(
        r"\b(mai|nua|nay|toi|tối|chieu|sang|trua|sau|kia|mốt|tới|gio|tuan)\b|[0-9]h|:", when
    )
    if when == "mot" and not _SHE_WILL.match(tail):
        return None  # "một chi hội" counts; "mot chi bao" is the day after tomorrow
    if (asked_for_time or weak_when or when == "mốt") and not _NEED_VERB.search(tail):
        return None
    return _later(at)


def _moment(when: str, now: datetime) -> datetime | None:
    """The moment a phrase names, always after now."""
    if _SOON.match(when):
        return now + timedelta(hours=1)
    span = _span(when, now)
    if span is not None:
        return span
    part = _WHEN_PART.match(when)
    if part is not None:
        return _part_of_day(part[1], when, now)
    clock = _clock(when, now)
    if clock is not None:
        return clock
    return _day(when, now)


def _span(when: str, now: datetime) -> datetime | None:
    match = _SPAN.match(when)
    if match is None or ("nua" not in when and "sau" not in when):
        return None
    if match[3]:
        return now + timedelta(minutes=30)
    if match[4]:
        return now + timedelta(minutes=90)
    count = int(match[1]) if match[1] else 1 if match[5] else 2
    unit = match[2] or match[6] or match[8]
    if unit in ("phut", "p"):
        return now + timedelta(minutes=count)
    if unit in ("tieng", "gio", "h"):
        return now + timedelta(hours=count) if count <= 48 else None
    days = count * (7 if unit == "tuan" else 1)
    return datetime.combine(now.date() + timedelta(days=days), MORNING) if days <= 62 else None


def _part_of_day(part: str, when: str, now: datetime) -> datetime:
    days = 1 if "mai" in when else 2 if when.endswith("kia") else 0
    moment = datetime.combine(now.date() + timedelta(days=days), _PART_TIMES[part])
    if moment > now:
        return moment
    if "nay" in when.split() or (part in ("toi", "tối") and now.time() < time(21, 0)):
        return now + timedelta(hours=1)
    return moment + timedelta(days=1)


def _clock(when: str, now: datetime) -> datetime | None:
    found = find_time(when)
    if found is None or isinstance(found, str):
        return _afternoon_clock(when, now) if isinstance(found, str) else None
    value, _, start, end = found
    if when[start:end].strip().isdigit():
        return None
    rest = re.sub(
        r"\b(luc|vao|khoang|tam|den|hen|de|nay|hom nay|nhe)\b", "", when[:start] + when[end:]
    ).strip()
    day = now.date()
    if rest or "mai" in when.split():
        found_day = find_day(rest or "mai", now.date(), "future")
        if (
            found_day is None
            or found_day.value is None
            or re.search(r"[0-9]", rest[: found_day.start] + rest[found_day.end :])
        ):
            return None
        day = found_day.value
    moment = datetime.combine(day, time(int(value[:2]) % 24, int(value[3:])))
    if moment > now or day != now.date():
        return moment
    if int(value[:2]) < 12 and not re.search(r"\b(sang)\b", when) and moment + timedelta(hours=12) > now:
        return moment + timedelta(hours=12)
    return moment + timedelta(days=1)


def _afternoon_clock(when: str, now: datetime) -> datetime | None:
    """ "3h chị làm": the next three o'clock that is in the day."""
    match = re.match(r"^(?:luc |khoang |tam |den )?([1-5]) ?(?:h|gio)(?: ?([0-5][0-9]))?( mai)?$", when)
    if match is None:
        return None
    moment = datetime.combine(now.date(), time(int(match[1]) + 12, int(match[2] or 0)))
    return moment + timedelta(days=1) if match[3] or moment <= now else moment


def _day(when: str, now: datetime) -> datetime | None:
    if re.fullmatch(r"(?:de )?(?:sang )?tuan (?:sau|tới|toi)", when):
        monday = now.date() + timedelta(days=7 - now.weekday())
        return datetime.combine(monday, MORNING)
    if re.fullmatch(r"(?:de )?cuoi tuan(?: nay)?", when):
        saturday = now.date() + timedelta(days=(5 - now.weekday()) % 7 or 7)
        return datetime.combine(saturday, MORNING)
    found = find_day(when, now.date(), "future")
    if found is None or found.value is None:
        return None
    rest = re.sub(
        r"\b(de|den|hen|vao|ngay|khoang|thoi|u|ok|chi)\b", "", when[: found.start] + when[found.end :]
    ).strip()
    part = re.search(r"\b(sang|trua|chieu|toi|tối|dem)\b", when)
    if rest and not re.fullmatch(r"(sang|trua|chieu|toi|tối|dem)", rest):
        return None
    moment = datetime.combine(found.value, _PART_TIMES[part[1]] if part else MORNING)
    return moment if moment > now else None
