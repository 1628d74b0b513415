"""The words the readers know, written as they should be.

Data only. A word typed in Telex or VNI ("khoong", "co1") or with a slip of the dialect ("dồi") is put
right only towards a word that stands here: anything else stays as she typed it.
"""

#: Short forms of the phone keyboard, by what was typed (lower case), as words in full.
TEENCODE: dict[str, str] = {
    # không
    "ko": "không", "kô": "không", "k": "không", "kg": "không", "khg": "không", "kh": "không",
    "hk": "không", "hok": "không", "hông": "không", "hong": "không", "hem": "không", "hôg": "không",
    "hổng": "không", "hg": "không", "khum": "không", "khôg": "không", "hôk": "không",
    "khong": "không", "kong": "không", "kông": "không", "khog": "không", "nỏ": "không",
    "k0": "không", "kh0ng": "không", "kbt": "không biết", "kbit": "không biết", "kbiet": "không biết",
    # được, rồi, ừ, vâng, ok
    "dc": "được", "đc": "được", "dk": "được", "đk": "được", "duoc": "được", "đươc": "được",
    "r": "rồi", "rùi": "rồi", "rui": "rồi", "ròi": "rồi", "gòi": "rồi", "dồi": "rồi", "rồii": "rồi",
    "oke": "ok", "oki": "ok", "okie": "ok", "okla": "ok", "okela": "ok", "okay": "ok", "okey": "ok",
    "okê": "ok", "oce": "ok", "okeij": "ok", "uki": "ok", "okelah": "ok",
    "oklah": "ok", "okii": "ok", "okee": "ok",
    "uk": "ừ", "uh": "ừ", "uhm": "ừ", "ừm": "ừ", "um": "ừ", "ừa": "ừ", "ùa": "ừ", "ưm": "ừ", "ờ": "ừ",
    "ừh": "ừ", "ukm": "ừ", "uhuh": "ừ", "ừu": "ừ", "ùm": "ừ", "u": "ừ", "ờm": "ừ", "ùh": "ừ",
    "vag": "vâng", "vâg": "vâng", "vang": "vâng", "dzâng": "vâng", "vầng": "vâng",
    "zâng": "vâng", "vng": "vâng", "dạaa": "dạ",
    # small words
    "j": "gì", "zì": "gì", "ji": "gì", "bh": "bây giờ", "bjo": "bây giờ", "ntn": "như thế nào",
    "e": "em", "c": "chị", "mn": "mọi người", "trc": "trước", "bn": "bao nhiêu", "lm": "làm",
    "vs": "với", "z": "vậy", "dg": "đang", "đg": "đang", "cx": "cũng", "cg": "cũng", "ng": "người",
    "hqua": "hôm qua", "hnay": "hôm nay", "hn": "hôm nay", "bik": "biết", "bít": "biết", "bit": "biết",
    "hsinh": "học sinh", "thág": "tháng", "thag": "tháng", "thg": "tháng", "fải": "phải", "wên": "quên",
    "wen": "quên", "wa": "qua", "hp": "họp", "lun": "luôn", "nhìu": "nhiều", "ny": "này", "ngta": "người ta",
    "qa": "qua", "zậy": "vậy", "dậy": "vậy", "zồi": "rồi", "jồi": "rồi", "bỏwa": "bỏ qua",
    "tks": "cảm ơn", "thanks": "cảm ơn", "thank": "cảm ơn", "thks": "cảm ơn", "thx": "cảm ơn",
    # the union's own short forms (domain rules, trap 15)
    "hv": "hội viên", "pn": "phụ nữ", "cht": "chi hội trưởng", "hpn": "hội phụ nữ", "sh": "sinh hoạt",
    "bc": "báo cáo", "mh": "mô hình", "hđ": "hoạt động", "clb": "câu lạc bộ", "lk": "lũy kế",
}  # fmt: skip

#: Nam Định speech written down: l for n, ch for tr, x for s, d for r (domain rules, trap 16); always echoed.
#: Only words that are no words of their own stand here: "lắm" and "chăm" would be wrong.
DIALECT: dict[str, str] = {
    "giồi": "rồi", "nàm": "làm", "nại": "lại", "chường": "trường", "xửa": "sửa", "xai": "sai", "sem": "xem",
    "lày": "này", "lào": "nào", "lữa": "nữa", "lói": "nói", "lghỉ": "nghỉ", "chước": "trước",
    "nuôn": "luôn", "nần": "lần", "xổ": "sổ", "chên": "trên",
    "vưng": "vâng", "gởi": "gửi", "hổm": "hôm", "chánh": "chính",
    "dùi": "rồi", "giùi": "rồi", "hỗng": "không", "khống": "không", "khôn": "không", "chưã": "chưa",
    "rổi": "rồi", "vầng": "vâng", "vẫng": "vâng",
}  # fmt: skip

#: Every word a reader looks for. Order and repetition do not matter.
WORDS = """
có không chưa rồi đã xong ừ vâng dạ ok đúng chuẩn chính xác nhất trí đồng ý được đủ cả tất nhiên chắc chắn
sai nhầm phải chẳng chả đâu gì nào ai làm biết rõ nắm nhớ hiểu quên chịu bỏ qua tiếp lại quay về trước câu
khác sửa xem gửi để sau tí nữa lát chốc tối mai chiều sáng trưa chị em cô bác tôi mình cháu bận đang họp cấy
gặt giúp trợ ví dụ dừng thôi hủy tắt nhắc nhắn bật xóa dữ liệu rút nghỉ chi hội trưởng lừa đảo cảm ơn chào
alo người thật gặp bắt đầu từ hết như tháng này nay năm ngoái vẫn thế vậy y nguyên giống cũ thêm bớt giảm
tăng lũy kế cộng dồn tổng trên trong số vắng thiếu mặt nửa một hai ba bốn tư lăm nhăm sáu bảy bẩy tám chín
mười mươi mốt linh lẻ trăm nghìn ngàn triệu tỷ rưỡi chục tá hăm phẩy phần khoảng tầm cỡ độ chừng áng ước
xấp xỉ gần hơn vài mấy dăm ngày hôm mùng mồng rằm giêng chạp âm lịch dương tết tuần thứ chủ nhật qua kia
quý giờ phút kém đến tới hay hoặc mỗi nhân chia hội viên phụ nữ hộ gia đình trẻ vụ việc trường hợp buổi cuộc
lần lượt tổ nhóm mô hình cặp đôi đồng tiền củ lít bao nhiêu sao hả nhé ạ cái đầu cuối giữa giao thừa vừa
sinh hoạt báo cáo tổ chức tham gia đọc vụ nhiều nhất luôn đi mới chuyển rời kết nạp trống chốt xác nhận
menu help next stop zero yes no nope sorry hello hi cancel null skip back start
"""


def known_words() -> frozenset[str]:
    """Every word of the vocabulary, once."""
    words = set(WORDS.split())
    for value in TEENCODE.values():
        words.update(value.split())
    return frozenset(words)
