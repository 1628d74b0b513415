"""What must never be stored: people's stories, numbers that identify them, cases of violence.

``contains_personal_data`` answers with the reason and never with the text (domain rules, data classes).
"""

import re
from functools import lru_cache

from handlers.language import stories
from handlers.language.normalise import Said, clean, fold

_DIGITS = re.compile(r"(?<![\w.,])\+?[0-9](?:[ .\-]?[0-9]){7,18}(?![\w])")
_PHONE = re.compile(r"^(?:0|84|\+84)(?:3|5|7|8|9)[0-9]{8}$|^0(?:2)[0-9]{9}$|^(?:0|84|\+84)1[0-9]{9}$")
_ID_WORD = re.compile(
    r"\b(?:cccd|cmnd|cmt|can cuoc|chung minh thu|chung minh nhan dan|so dinh danh|ho chieu)\b"
)
_ACCOUNT_WORD = re.compile(r"\b(?:stk|so tai khoan|so tk|tai khoan ngan hang|tk ngan hang|so the)\b")
_PHONE_WORD = re.compile(r"\b(?:sdt|so dien thoai|dien thoai|so dt|zalo|dt)\b")
_SOME_DIGITS = re.compile(r"[0-9][0-9 .\-]{2,}[0-9]")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_OTP = re.compile(r"\b(?:otp|mat khau|password)\b")

# Deeds done to a person; each alone is a case. "đánh" needs a sufferer ("đánh giá", "đánh bóng" are not).
_VIOLENCE = re.compile(
    r"bị[^.;\n]{0,25}?(?:đánh|đập|hành hạ|bạo hành|bạo lực|xâm hại|lạm dụng|hiếp|cưỡng|đe dọa"
    r"|tát|chửi|quấy rối|nhốt|bóc lột|đuổi|sàm sỡ|sờ soạng|cưỡng ép)(?! giá| thuế| bắt)"
    r"|bạo hành|xâm hại|hiếp dâm|cưỡng hiếp|dâm ô|hành hạ|quấy rối tình dục|sàm sỡ|sờ soạng|ấu "
    r"dâm|giở trò|buôn bán người|tảo hôn"
    r"|(?:chồng|bố|cha|bố dượng|con|mẹ chồng|anh|ông|vợ|hắn|nó)(?: \S+){0,3}? (?:hay |lại |vừa "
    r"|cứ |mới )?(?:đánh|đập|tát|bạo hành|hiếp|xâm hại)"
    r"(?! giá| bóng| cầu| răng| máy| bắt| trống| thức| vần| dấu| đàn| cá| cờ)"
    r"|đánh (?:vợ|con|chị|mẹ|cháu|nhau|đập|trọng thương|bầm|gãy|chết)|bạo lực gia đình|nạn nhân"
)
# One of these stands in every case; looked for first, because it is quick.
_DEEDS = re.compile(
    "đánh|đập|hành hạ|bạo|xâm hại|lạm dụng|hiếp|cưỡng|đe dọa|tát|chửi|quấy|nhốt|bóc lột|đuổi|sàm|sờ|dâm"
    "|giở|buôn|tảo|nạn nhân"
)
_VIOLENCE_BARE = re.compile(
    r"\bbi (?:[^\s,.;]+ ){0,3}?(?:danh|hanh ha|bao hanh|xam hai|lam dung|hiep|bao luc"
    r"|(?<!khuyet )(?<!tan )(?<!benh )tat|duoi danh)\b"
    r"(?! (?:gia|sach|hieu|muc|dau|bat|may|bong|rang)\b)"
    r"|\b(?:bao hanh|xam hai|hiep dam|cuong hiep|dam o)\b|\bchong (?:hay |lai |vua |cu )?(?:danh"
    r"|dap)\b(?! gia)"
    r"|\b(?:chong|bo|bo duong|thang|ong)(?: \S+){1,3}? (?:danh|dap) (?:chi|vo|con|co|chau|em|me|nhau)\b"
    r"|\bdanh (?:vo|nhau|dap|trong thuong)\b|\bbao luc gia dinh\b|\bnan nhan\b"
)
_DEEDS_BARE = re.compile("danh|dap|hanh|bao|xam|hiep|lam dung|tat|dam o|nan nhan")
# A subject of policy, not a case: prevention, training, propaganda.
_ABOUT = re.compile(
    r"\b(?:phong chong|phong, chong|phong ngua|tuyen truyen|tap huan|truyen thong|chong bao luc"
    r"|ky nang|luat|chuyen de|de an)\b"
)
# "bạo lực gia đình giảm", "không còn bạo hành": a state of the village, when nobody is named as beaten.
_NONE_OF_IT = re.compile(r"\b(?:giam|khong co|khong con|khong xay ra|chua co|khong de xay ra|chua xay ra)\b")
_DONE_TO = re.compile(r"bị|đánh|nạn nhân|\bbi\b|\bdanh\b")
# A child's or poor woman's state; with a name or a kin word it is a story about a person.
_STATE = re.compile(
    r"\b(?:mồ côi|tàn tật|khuyết tật|tâm thần|ung thư|nhiễm hiv|bỏ học|ly hôn|ly dị|ngoại tình"
    r"|có thai|mang thai|nghiện|tự tử|"
    r"bại liệt|bị bệnh|mắc bệnh|ốm nặng|qua đời|bố mất|mẹ mất|mất bố|mất mẹ|bị bắt|đi tù|nợ nần"
    r"|bỏ nhà|thiểu năng|chửa hoang|hoang thai)\b"
)
_STATE_BARE = re.compile(
    r"\b(?:mo coi|tan tat|khuyet tat|tam than|ung thu|nhiem hiv|ly hon|ngoai tinh|nghien|tu tu"
    r"|bai liet|mac benh|om nang|bo mat|me mat|bo hoc|thieu nang)\b"
)
_KIN = (
    r"(?:[Cc]hị|[Cc]ô|[Bb]ác|[Bb]à|[Ôô]ng|[Aa]nh|[Cc]háu|[Ee]m|[Cc]hú|[Dd]ì|[Tt]hím|[Bb]é|[Hh]ộ"
    r"|[Nn]hà|[Cc]hi|[Cc]hau|[Ww]idow|[Cc]on|[Cc]ụ|[Cc]hồng|[Vv]ợ|[Tt]ên|[Mm]ẹ|[Bb]ố)"
)
_NAMED = re.compile(
    rf"\b{_KIN} (?:(?:là|tên|chị|anh|ông|bà|cô|em) )*([A-ZĐÀ-Ỹ][a-zà-ỹđ]+(?: [A-ZĐÀ-Ỹ][a-zà-ỹđ]+){{0,3}})"
)
_FULL_NAME = re.compile(
    r"\b(?:Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Đoàn|Đinh|Lý|Mai"
    r"|Trịnh|Đào|Cao|Lưu|Lương|Tạ|Tô|Hà|Nguyen|Tran|Pham)"
    r" (?:[A-ZĐÀ-Ỹ][a-zà-ỹđ]+ )?[A-ZĐÀ-Ỹ][a-zà-ỹđ]+\b"
)
# Capitalised words that follow a kin word and are no name of hers.
_NOT_NAMES = frozenset(
    [
        "Hội",
        "Chi",
        "Xã",
        "Thôn",
        "Xóm",
        "Huyện",
        "Tỉnh",
        "Đảng",
        "Bác",
        "Trung",
        "Ương",
        "Phụ",
        "Hồ",
        "UBND",
        "Tết",
        "Nam",
        "Việt",
        "Ban",
        "Chủ",
        "Hoàng",
        "Ngân",
    ]
)
_STORY = re.compile(
    r"\b(?:hoàn cảnh|khó khăn|neo đơn|nghèo|góa|bệnh|ốm|nợ|chồng|con|vợ|lớp [0-9]|lop [0-9]"
    r"|[0-9]+ tuổi|sinh năm|nhà ở|mồ côi|ngheo|hoan canh|kho khan|benh|"
    r"không chịu|cãi nhau|xích mích|lấy|trộm|say|cờ bạc|ngoại|bỏ|mất)\b"
)
_LOWER_NAMED = re.compile(
    r"\b(?:cháu|bé|chau)\s+(?!nào|gì|ấy|này|mới|nhỏ|học|được|có|ở|đi|là|bị|mồ|nghèo|khó|trong"
    r"|của|về|vào|nao|gi|hoc|mo|co|duoc)[a-zà-ỹđ]+\s+(?:mồ côi|mo coi|lớp|lop|học lớp|sinh năm"
    r"|[0-9]+ tuổi|con chị|con anh|con ông|con bà|nhà)"
)
_ANY_DIGIT_OR_AT = re.compile("[0-9@]")
_TRIGGERS = re.compile(
    r"bị|bi |đánh|danh|hành|hanh|xâm|xam|hiếp|hiep|bạo|bao|dâm|dam|nạn nhân|nan nhan|mồ|mo coi"
    r"|cccd|cmnd|cmt|căn cước|can cuoc|chứng minh|chung minh|định danh|dinh danh|hộ chiếu|ho "
    r"chieu|"
    r"stk|tài khoản|tai khoan|số tk|so tk|số thẻ|so the|sdt|sđt|điện thoại|dien thoai|số đt|so "
    r"dt|zalo|@|otp|mật khẩu|mat khau|"
    r"tật|tat|tâm thần|tam than|ung thư|ung thu|hiv|ly hôn|ly dị|ly hon|ngoại tình|ngoai tinh"
    r"|thai|nghiện|nghien|tự tử|tu tu|liệt|liet|bệnh|benh|ốm|om nang|mất|mat|tù|nợ|bỏ|bo hoc"
    r"|thiểu|buôn|tảo|đuổi|sàm|sờ soạng|giở trò|ấu|quấy|chửa|tát|đập|dap"
)


@lru_cache(maxsize=64)  # a text is asked about several times in a turn, and then never again
def contains_personal_data(text: str) -> str | None:
    """The reason code when ``text`` holds what must not be stored, else None.

    personal_data: a phone number, a mail address, a name with a story, a child's name. id_number: papers, a
    bare run of 9 or 12 digits. bank_account: an account number. violence_case: violence or abuse of someone.
    """
    if len(text) < 4 and text.isascii():  # a number, "ok": too short to tell of anybody
        return None
    cleaned = clean(text)
    return _by_numbers(cleaned) or _by_story(cleaned)


def digits_reason(text: str) -> str | None:
    """Only what the digits show: the part of the rule that also holds in a question for a number.

    In: a text already in the form of `normalise.clean`.
    """
    return _by_numbers(text)


def violence_reason(text: str) -> str | None:
    """violence_case when the words tell of one."""
    cleaned = clean(text)
    lower = cleaned.lower()
    if _TRIGGERS.search(lower) is None:
        return None
    return "violence_case" if _is_violence(lower, fold(cleaned)) else None


def story_reason(said: Said) -> str | None:
    """What holds whatever is asked: somebody named with her story. A plain count is none."""
    if not stories.may_tell(said) or not stories.tells_of_someone(said.raw):
        return None
    return violence_reason(said.raw) or "personal_data"


def _by_numbers(text: str) -> str | None:
    if len(text) < 7 or not _ANY_DIGIT_OR_AT.search(text):
        return None
    folded = ""
    if _TRIGGERS.search(text.lower()):
        folded = fold(text)
        if _ID_WORD.search(folded) and _SOME_DIGITS.search(text):
            return "id_number"
        if _ACCOUNT_WORD.search(folded) and re.search(r"[0-9]{3}", text):
            return "bank_account"
        if _MAIL.search(text) or (_OTP.search(folded) and _SOME_DIGITS.search(text)):
            return "personal_data"
    return _by_long_digits(text, folded)


def _by_long_digits(text: str, folded: str) -> str | None:
    for match in _DIGITS.finditer(text):
        run = re.sub(r"[ .\-]", "", match.group())
        if _PHONE.match(run):
            return "personal_data"
        if match.group().isdigit() and len(run) in (10, 11, 13, 14, 15, 16) and not run.endswith("000"):
            return "bank_account"
        if match.group().isdigit() and len(run) == 12 and not run.endswith("000"):
            return "id_number"
        if folded and _PHONE_WORD.search(folded) and len(run) >= 9:
            return "personal_data"
    return None


def bare_identity_number(text: str) -> bool:
    """A bare run of nine digits, which may be an old identity card."""
    return any(
        match.group().isdigit() and len(match.group()) in (9, 12) and not match.group().endswith("000")
        for match in _DIGITS.finditer(clean(text))
    )


def _by_story(text: str) -> str | None:
    lower = text.lower()
    if _TRIGGERS.search(lower):
        folded = fold(text)
        if _is_violence(lower, folded):
            return "violence_case"
        if _is_state_of_someone(text, lower, folded):
            return "personal_data"
        if stories.tells_of_someone(text):
            return "personal_data"
    if bare_identity_number(text):
        return "id_number"
    return _by_name(text, lower)


def _is_violence(lower: str, folded: str) -> bool:
    if _ABOUT.search(folded) or (_NONE_OF_IT.search(folded) and not _DONE_TO.search(lower)):
        return False
    if _DEEDS.search(lower) and _VIOLENCE.search(lower):
        return True
    if _DEEDS_BARE.search(folded) is None:
        return False
    return any(
        len(lower) != len(folded) or lower[match.start() : match.end()] == match.group()
        for match in _VIOLENCE_BARE.finditer(folded)
    )


def _is_state_of_someone(text: str, lower: str, folded: str) -> bool:
    state = _STATE.search(lower) or (folded == lower and _STATE_BARE.search(folded))
    return bool(state) and (_has_name(text) or _LOWER_NAMED.search(lower) is not None)


def _has_name(text: str) -> bool:
    if "Hoàng Ngân" not in text and any(_capital(match.group()) for match in _FULL_NAME.finditer(text)):
        return True
    return any(
        _capital(match.group(1)) and match.group(1).split()[0] not in _NOT_NAMES
        for match in _NAMED.finditer(text)
    )


def _capital(words: str) -> bool:
    # The range À-Ỹ holds small letters too: "mẹ đỡ đầu" names nobody.
    return all(word[0].isupper() for word in words.split())


def _by_name(text: str, lower: str) -> str | None:
    if _LOWER_NAMED.search(lower):
        return "personal_data"
    if _STORY.search(lower) and _has_name(text):
        return "personal_data"
    return None
