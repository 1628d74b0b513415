"""A person with her story: "cháu Minh mồ côi lớp 3", "chi Tham bi chong bo danh".

A kin word, a name, and a word of the case close behind. "2 cháu mồ côi" is a count and "chị em bị ốm" names
nobody. The answer never repeats the text.
"""

import re

from handlers.language.normalise import Said, fold

_KIN = (
    "chị|chi|cô|co|bác|bac|bà|ba|ông|ong|anh|cháu|chau|em|chú|chu|dì|di|thím|thim|bé|be|con|cụ|cu"
    "|nhà|nha|hộ|ho|vợ|vo|chồng|chong|mẹ|me|bố|bo|thằng|thang"
)
_PLACE = "(?:,? (?:ở |o )?(?:xóm|thôn|tổ|xom|thon|to|đội|doi) [^ ,.;]{1,12}| nhà| nha)?"
_DEED = (
    "đánh|đập|hành hạ|bạo hành|bạo lực|xâm hại|lạm dụng|hiếp|tát|đuổi|nhốt|quấy rối|sàm sỡ"
    "|danh|dap|hanh ha|bao hanh|bao luc|xam hai|lam dung|hiep"
    "|(?<!khuyet )(?<!tan )(?<!benh )tat|duoi|nhot|quay roi|sam so"
)
_NO_DEED = "(?! (?:giá|gia|sách|sach|hiệu|hieu|mục|muc|dấu|dau|máy|may|bóng|bong|răng|rang)\\b)"
_STATE = (
    "(?:mồ côi|mo coi|khuyết tật|khuyet tat|tàn tật|tan tat|tâm thần|tam than|ung thư|ung thu|hiv"
    "|bỏ học|bo hoc|ly hôn|ly hon|ly dị|ly di|ngoại tình|ngoai tinh|có thai|co thai|mang thai|nghiện"
    "|nghien(?! cuu)|tự tử|bại liệt|bai liet|bị bệnh|bi benh|mắc bệnh|mac benh|ốm nặng|om nang|qua đời"
    "|qua doi|thiểu năng|thieu nang|bị bắt|bi bat|đi tù|di tu|nợ nần|no nan|bỏ nhà|bo nha|chửa hoang"
    "|(?:bố|bo|cha|mẹ|me|bố mẹ|bo me|chồng|chong) (?:mới |đã |moi |da )?(?:mất|mat)"
    "|(?:mất|mat) (?:bố|bo|cha|mẹ|me|chồng|chong)"
    "|(?:học |hoc )?(?:lớp|lop) [0-9]{1,2}|[0-9]{1,2} (?:tuổi|tuoi)|sinh năm|sinh nam"
    "|hoàn cảnh|hoan canh|đơn thân|don than|neo đơn|neo don|khó khăn|kho khan)"
)
_DONE_TO = (
    f"(?:(?:bị|bi) (?:[^\\s,.;]+ ){{0,3}}?(?:{_DEED})\\b{_NO_DEED}"
    f"|(?:chồng|chong|bố|bo|con|vợ|vo) (?:hay |lại |cứ |lai |cu )?(?:{_DEED})\\b{_NO_DEED})"
)
_STATES = re.compile(rf"(?<!\w){_STATE}(?!\w)", re.I)
_DEEDS = re.compile(rf"(?<!\w){_DONE_TO}(?!\w)", re.I)
_DEED_SAID = re.compile(_DEED, re.I)
_NAME = r"[^\W\d_]{2,10}"
_BACK, _MANY = 70, 40
_PERSON = re.compile(
    rf"(?<!\w)(?P<kin>{_KIN}) (?:(?:là|tên|la|ten|chị|anh|ông|bà|cô) )?(?=(?P<name>{_NAME})"
    rf"(?: {_NAME}){{0,2}}?{_PLACE},? (?P<between>[^.;\d\n]{{0,16}}?)$)",
    re.I,
)
_COUNT_BEFORE = re.compile(
    r"(?:[0-9]+|một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|mấy|các|những|nhiều|mot|bon|may|cac|nhieu) $"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that stand behind a kin word and are no name, with and without their marks.
_COMMON = """
ai đâu hết em chị cô bác bà ông anh cháu con mẹ bố chồng vợ bé nhỏ gái trai nào gì ấy này kia đó đây mới cũ
học được có ở đi là bị mồ nghèo khó trong của về vào đang cũng vừa vẫn lại đã sẽ chưa không đều hay thường
hôm qua nay sáng tối hội viên phụ nữ trưởng phó cận già trẻ cao góa đơn neo công nông giáo hưu dân khuyết
tàn mắc ốm nặng bệnh mất bỏ nghiện lớp tuổi sinh hoàn cảnh nhà hộ gia đình với và thì mà bảo nói cái thấy
biết gửi báo ngoại nội dâu rể nuôi thân thuộc nhiều ít khác thứ cả mấy các những ra lên tôi mình toàn chính
đỡ đầu còn phải để cho giúp thăm tặng hỗ trợ
"""
_NO_NAMES = _words(_COMMON) | _words(fold(_COMMON))
_CHILD = frozenset(["cháu", "chau", "bé", "be"])
# Capitalised words that name the union, a place or a feast.
_NO_CAPITAL_NAMES = _words(
    "hội chi xã thôn xóm huyện tỉnh đảng trung phụ ubnd tết việt ban chủ hoang hội hoi xa thon xom"
)
_KIN_WORDS = _words("chi co bac ba ong anh chau em chu di thim be con cu nha ho vo chong me bo thang")
# The rarer word of each case, and the cases of two words that are common ones.
_CASE_WORDS = _words(
    "coi khuyet tan than ung hiv thai nghien liet benh nang thieu bat nan hoang lop tuoi canh neo khan ly"
    " ngoai danh dap hanh luc xam hiep duoi nhot quay sam"
)
_TWO_WORDS = (
    "bo hoc", "bo nha", "qua doi", "tu tu", "di tu", "sinh nam", "lam dung", "don than", " mat", "mat ",
    " tat",
)  # fmt: skip

_SECOND_WORDS = _words("bo doi tu sinh dung than mat tat")


def may_tell(said: Said) -> bool:
    """A quick look: whether a kin word and a word of a case stand in the message at all."""
    if len(said.words) < 4 or said.bares.isdisjoint(_KIN_WORDS):
        return False
    if not said.bares.isdisjoint(_CASE_WORDS):
        return True
    return not said.bares.isdisjoint(_SECOND_WORDS) and any(two in said.bare for two in _TWO_WORDS)


def tells_of_someone(text: str) -> bool:
    """Whether somebody is named with her story. In: a text in the form of `normalise.clean`."""
    if _told(text, _STATES):
        return True
    return _DEED_SAID.search(text) is not None and _told(text, _DEEDS)


def _told(text: str, cases: re.Pattern[str]) -> bool:
    shouted = text.isupper()
    for count, case in enumerate(cases.finditer(text)):
        if count == _MANY:
            return True  # a text of nothing but cases: not looked through to its end, and not kept
        before = text[max(0, case.start() - _BACK) : case.start()]
        if any(_is_named(match, before, shouted) for match in _PERSON.finditer(before)):
            return True
    return False


def _is_named(match: re.Match[str], text: str, shouted: bool) -> bool:
    name = match["name"]
    if match["kin"].lower() == "co" and not name[0].isupper():
        return False  # "co ai": có
    if not shouted and name[0].isupper():
        return name.lower() not in _NO_CAPITAL_NAMES
    # Small letters: the case must follow at once, and a number before counts people.
    child = (
        match["kin"].lower() in _CHILD and name.lower() == "minh"
    )  # "chau minh": mình stands behind no child
    if (name.lower() in _NO_NAMES and not child) or len(match["between"].split()) > 1:
        return False
    return _COUNT_BEFORE.search(text[max(0, match.start() - 8) : match.start()].lower()) is None
