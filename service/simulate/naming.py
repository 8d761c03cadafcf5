"""Invented issuers and product names in the manner of a Chinese bank's catalogue."""

from __future__ import annotations

from service.simulate.taxonomy import Category

BANK = "江屿银行"
ISSUERS = {
    "cash.mmf": ("汀州基金", "砚池基金", "苇岸基金", "朔月基金"),
    "cash": ("云杉理财", "澄川理财"),
    "wealth": ("云杉理财", "澄川理财", "禾渡理财", "屿安理财"),
    "fund": ("汀州基金", "砚池基金", "苇岸基金", "朔月基金", "望津基金"),
    "bond": ("国家财政",),
    "ins": ("北岭人寿", "枫渡健康保险", "棠溪保险"),
    "ins.property": ("棠溪保险",),
    "pension.wealth": ("云杉理财", "澄川理财"),
    "pension.fund": ("汀州基金", "苇岸基金"),
    "pension.insurance": ("砥原养老保险", "北岭人寿"),
    "private": ("沧浦信托", "朔月基金"),
    "loan": (BANK, "麦垄消费金融"),
}
SERIES = (
    "青禾",
    "远山",
    "朝露",
    "望舒",
    "晴川",
    "松涧",
    "月桥",
    "拾光",
    "白鹭",
    "石榴",
    "麦浪",
    "归帆",
    "长亭",
    "知秋",
)
THEMES = {
    "fund.bond": ("纯债", "中短债", "信用债", "利率债"),
    "fund.mixed": ("均衡配置", "品质生活", "制造升级", "稳健回报"),
    "fund.equity": ("消费精选", "科技先锋", "医药健康", "高端制造"),
    "fund.index": ("大盘300", "中盘500", "红利", "新能源"),
    "fund.qdii": ("环球科技", "亚太精选", "海外债"),
    "fund.fof": ("稳健目标风险", "平衡养老目标", "积极配置"),
    "fund.plan": ("月月投", "双周投", "智选投"),
}
PLAIN = {
    "deposit.demand": ("活期账户", "借记卡账户", "亲情活期", "商户活期"),
    "deposit.notice": ("一天通知存款", "七天通知存款"),
    "gold.accum": ("积存金", "积存金定额计划"),
    "gold.physical": ("投资金条", "生肖金币", "贺岁金条"),
    "card.credit": ("旅途信用卡", "鲸跃信用卡", "书香信用卡", "家庭信用卡", "白金信用卡", "青年信用卡"),
    "pay.wallet": ("手机钱包", "数字钱包"),
    "pay.bill": ("水电燃气缴费", "话费宽带缴费", "物业学费缴费"),
    "pay.fx": ("个人购汇", "个人结汇", "留学汇款"),
    "pay.salary": ("代发工资签约", "工资到账管家"),
    "svc.advice": ("资产配置咨询", "家庭财务体检", "退休规划咨询"),
    "svc.education": ("基金入门课", "债券小课堂", "反诈课堂", "保险课堂"),
    "svc.rights": ("机场休息室", "生活优惠券包", "体检预约", "影音会员"),
}


def term_label(days: int) -> str:
    """The term as people say it."""
    if days >= 365 and days % 365 == 0:
        return f"{days // 365}年"
    if days >= 30 and days % 30 == 0:
        return f"{days // 30}个月"
    return f"{days}天"


def issuers_of(code: str) -> tuple[str, ...]:
    """Who issues products of the category."""
    return ISSUERS.get(code, ISSUERS.get(code.partition(".")[0], (BANK,)))


def product_names(category: Category, issuer: str, number: int, term: int) -> tuple[str, str]:
    """(full name, short sale name) of the `number`-th product of a category; `term` in days, 0 without one."""
    code, label = category.code, category.name
    word = SERIES[number % len(SERIES)]
    length = term_label(term) if term else ""
    if code in PLAIN:
        plain = PLAIN[code][number % len(PLAIN[code])]
        suffix = "" if number < len(PLAIN[code]) else f"{number // len(PLAIN[code]) + 1}号"
        return f"{BANK}{plain}{suffix}", f"{plain}{suffix}"
    if code in THEMES:
        theme = THEMES[code][number % len(THEMES[code])]
        share = "AC"[number // len(THEMES[code]) % 2]
        return f"{issuer.removesuffix('基金')}{word}{theme}{label}{share}", f"{word}{theme}{share}"
    if category.zone in {"deposit", "bond", "credit", "card"}:
        return f"{issuer}{label}{length}第{number + 1}期", f"{label} {length} 第{number + 1}期"
    return f"{issuer}{word}{label}{length}{number + 1}号", f"{word}{label}{number + 1}号"
