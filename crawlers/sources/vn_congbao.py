"""Viet Nam's official gazette: circulars, decrees and decisions that set requirements on goods."""

from crawlers.htmllist import HtmlList


class VnCongbao(HtmlList):
    """A feed of the newest documents, each of which has a page with its attributes."""

    name = "vn_congbao"
    delay = 2.0
    start_urls = ["https://congbao.chinhphu.vn/cac-van-ban-moi-ban-hanh.rss"]
    own_page, surely = r"\.htm$", "ngày ban hành"
    announces = ("words", "written")

    # Form
    publisher = "Công báo, Office of the Government of Viet Nam"
    country = "VNM"
    markets = ("BRI",)
    homepage = "https://congbao.chinhphu.vn"
    hosts = ("congbao.chinhphu.vn",)
    # the feed holds only the newest documents: a day without reading loses some
    schedule = "10 */3 * * *"
    expect = (1, 200)
    deadline_zone = "Asia/Ho_Chi_Minh"
    languages = ("vi",)
    quiet_days = 20

    # Records
    relevant = ("words",)
    always = {"says": "adopted"}
    facts = {
        "source_id": "số, ký hiệu??|số ký hiệu",
        "agency": "cơ quan ban hành??",
        "title": "words??|heading",
        "text": "{loại văn bản??} {số, ký hiệu??|số ký hiệu}",
        "published": "written??|ngày ban hành",
        "adoption": "ngày ban hành",
        "in_force": "ngày hiệu lực??",
    }
    ignored = ("số công báo", "heading", "người ký", "trích yếu", "lĩnh vực", "ngày đăng")
