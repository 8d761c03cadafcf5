"""What customers read on a shelf, in Chinese and English; `{category}` is the category's name in that language."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("zh", "en")

Text = Mapping[str, str]  # language -> text

REASONS: Mapping[str, Text] = {
    "similar_customers": {
        "zh": "与您持有情况相近的客户也选择了这类产品",
        "en": "Chosen by customers whose holdings resemble yours",
    },
    "tag": {"zh": "与您资料中的偏好标签相符", "en": "Matches a preference in your profile"},
    "popular": {"zh": "近期较多客户选择", "en": "Chosen by many customers recently"},
    "on_offer": {"zh": "您可以了解的产品", "en": "One of the products open to you"},
    "bought_again": {"zh": "您多次购买过{category}", "en": "You have bought this category more than once: {category}"},
    "held_long": {"zh": "您持有{category}已有一段时间", "en": "You have held this category for some time: {category}"},
    "large_share": {"zh": "{category}在您的资产中占比较高", "en": "A large part of your assets is here: {category}"},
    "recent_interest": {"zh": "您近期关注过{category}", "en": "You looked at this category recently: {category}"},
    "held_elsewhere": {
        "zh": "您在其他机构可能也有{category}需求",
        "en": "You may use this category at another institution too: {category}",
    },
    "maturing": {
        "zh": "您有资金近期到期,可了解{category}",
        "en": "Money of yours comes due soon; this category is one use for it: {category}",
    },
    "next_step": {
        "zh": "持有同类产品的客户之后常选择{category}",
        "en": "Often the next category of customers with products like yours: {category}",
    },
    "life_stage": {
        "zh": "与您处于相近阶段的客户常选择{category}",
        "en": "Often chosen by customers at a stage like yours: {category}",
    },
    "featured": {"zh": "由本行安排在此展示", "en": "Placed here by the bank"},
    "scene": {"zh": "与您正在使用的生活服务有关", "en": "Fits the service you are using"},
    "explore": {
        "zh": "从您可购买的产品中随机展示,供您了解",
        "en": "Shown at random among the products open to you",
    },
    "wake_up": {"zh": "欢迎回来,这是您熟悉的{category}", "en": "Welcome back; you know this category: {category}"},
    "at_risk": {
        "zh": "您一直在用的{category},近期有新的选择",
        "en": "You know this category; see what it offers now: {category}",
    },
    "same_kind_other_form": {
        "zh": "您熟悉的{category},另一种形式",
        "en": "A category you know, in another form: {category}",
    },
}

TITLES: Mapping[str, Text] = {
    "fixed": {"zh": "您的常用", "en": "Your regulars"},
    "migratable": {"zh": "您正在关注", "en": "On your mind"},
    "transferable": {"zh": "下一步可了解", "en": "Worth a look next"},
    "public": {"zh": "常用服务", "en": "Popular services"},
}

NOT_PERSONAL: Text = {"zh": "未使用个性化推荐", "en": "Not personalised"}

EMPTY: Mapping[str, Text] = {
    "fixed": {"zh": "暂无常用产品", "en": "No regulars yet"},
    "migratable": {"zh": "暂无关注中的产品", "en": "Nothing on your mind yet"},
    "transferable": {"zh": "暂无建议了解的产品", "en": "Nothing to look at next yet"},
}

BADGES: Mapping[str, Text] = {
    "held": {"zh": "持有中", "en": "Held"},
    "maturing": {"zh": "到期承接", "en": "For money coming due"},
    "seen": {"zh": "您看过", "en": "Seen by you"},
    "new": {"zh": "新上架", "en": "New"},
    "campaign": {"zh": "活动", "en": "Campaign"},
}

TASK_TITLES: Mapping[str, Text] = {
    "learn": {"zh": "认识{category}", "en": "Get to know: {category}"},
    "compare": {"zh": "比较{category}的条款", "en": "Compare the terms: {category}"},
    "assess": {"zh": "完成风险测评", "en": "Complete the risk assessment"},
    "configure": {"zh": "设置目标与提醒", "en": "Set a goal and a reminder"},
    "visit": {"zh": "浏览{category}专区", "en": "Visit the page: {category}"},
}

TASK_STEPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "learn": {"zh": ("阅读一节短课", "完成小测验"), "en": ("Read a short lesson", "Answer its quiz")},
    "compare": {
        "zh": ("选择两款产品", "对照期限、费用与规则"),
        "en": ("Choose two products", "Lay terms, fees and rules side by side"),
    },
    "assess": {
        "zh": ("按实际情况填写问卷", "查看测评结果"),
        "en": ("Answer the questions as they apply to you", "See the result"),
    },
    "configure": {"zh": ("设定目标与期限", "打开到期提醒"), "en": ("Set a goal and its term", "Switch a reminder on")},
    "visit": {"zh": ("打开专区页面", "阅读一项说明"), "en": ("Open the page", "Read one explanation")},
}

ASSESSMENT: Mapping[str, Text] = {
    "title": {"zh": "风险测评", "en": "Risk assessment"},
    "text": {
        "zh": "投资类产品需要有效的风险测评。请按实际情况填写,结果没有好坏之分。",
        "en": "Investment products need a valid risk assessment. Answer as it is; no result is better than another.",
    },
    "action": {"zh": "了解测评", "en": "About the assessment"},
}

NOTICE: Mapping[str, Text] = {
    "personal": {
        "zh": "本货架由算法根据您的持有、浏览及您同意使用的信息排列。您可以查看原理、删除标签或关闭个性化推荐。",
        "en": "An algorithm arranges this shelf from what you hold, look at and agreed to share. "
        "You can read how it works, delete tags or switch personalisation off.",
    },
    "nonpersonal": {
        "zh": "本货架未使用您的个人偏好,按近期客户购买情况排列。",
        "en": "This shelf does not use your preferences; it follows what customers bought recently.",
    },
}

ABOUT: Mapping[str, Text] = {
    "purpose": {
        "zh": "向每位客户展示适合其本人的产品,分为三层:常用、正在关注、下一步可了解。",
        "en": "To show each customer the products that suit them, in three tiers: regulars, interests, next steps.",
    },
    "principle": {
        "zh": "先依法筛选:不适合您的产品不会展示,任何设置都不能改变这一点。再根据您过去的购买与持有、当前的关注、"
        "以及相近客户的选择排列。收益率、佣金和受保护的个人特征不参与排序。",
        "en": "First the law: a product that does not suit you is not shown, and no setting can change that. "
        "Then the order follows what you bought and held, what you look at now and what customers like you chose. "
        "No yield, no commission and no protected attribute takes part in it.",
    },
    "parameters": {
        "zh": "每层的排序分由四部分加权:相近客户的选择、您的标签、该层的依据强度、近期购买人数。"
        "某类产品的依据达到进入值时进入该层,低于离开值时离开。本行可以安排、提前或推后部分产品,或参照您所在的页面,"
        "由此展示的卡片会注明原因。",
        "en": "The order of a tier is a weighted sum of four parts: what similar customers chose, your tags, "
        "the evidence for the tier and how many bought lately. A category enters a tier at the first threshold "
        "and leaves it below the second. The bank can place some products or move them up or down, and the page "
        "you are on can count; a card that stands there for that reason says so.",
    },
    "complaint": {
        "zh": "如对展示结果有异议,请联系本行客服并提供货架编号(decision_id)。"
        "银行可以重新计算该次结果,并向您说明每个产品的展示原因。",
        "en": "If you disagree with what was shown, contact the bank's customer service and name the shelf's "
        "decision_id. The bank can take that decision again and tell you why each product was there.",
    },
    "tasks": {
        "zh": "任务只请您了解、比较、测评或设置,均为自愿参加,不设奖励,也不以购买为条件。",
        "en": "A task asks you to learn, compare, assess or set something up. It is up to you, nothing is paid "
        "for it and nothing in it depends on buying.",
    },
    "assessment": {
        "zh": "风险测评了解您的投资经验与承受能力,结果用于判断哪些投资类产品适合您。"
        "测评仅在有效期内有效,到期后请重新填写。",
        "en": "The risk assessment asks about your experience and what you can bear. Its result serves to tell "
        "which investment products suit you. It is valid for a limited time and is then to be answered anew.",
    },
}
"""What the algorithm notice says; its keys are the anchors that cards and notices link to."""

TAGS: Mapping[str, Text] = {
    "inferred": {
        "zh": "系统根据您{since}以来{count}次购买推断:{category}",
        "en": "Inferred from {count} purchases since {since}: {category}",
    },
    "inferred_once": {"zh": "系统根据您的购买推断:{category}", "en": "Inferred from your purchases: {category}"},
    "provided": {"zh": "由{provider}提供,记录于{date}", "en": "Provided by {provider}, recorded on {date}"},
    "recorded": {"zh": "由本行记录于{date}", "en": "Recorded by the bank on {date}"},
    "likes": {"zh": "偏好{category}", "en": "Prefers: {category}"},
    "avoids": {"zh": "不偏好{category}", "en": "Prefers other things than: {category}"},
    "plain": {"zh": "不涉及产品偏好", "en": "Says nothing about products"},
    "basis_unknown": {"zh": "未说明", "en": "not stated"},
}
"""Where a tag comes from and what it claims, as told to the customer who has it."""

ACTIONS: Mapping[str, Text] = {"learn": {"zh": "了解", "en": "Learn more"}}

GRADES: Mapping[int, Text] = {
    1: {"zh": "R1 低风险", "en": "R1 low risk"},
    2: {"zh": "R2 中低风险", "en": "R2 medium-low risk"},
    3: {"zh": "R3 中等风险", "en": "R3 medium risk"},
    4: {"zh": "R4 中高风险", "en": "R4 medium-high risk"},
    5: {"zh": "R5 高风险", "en": "R5 high risk"},
}
"""Labels of risk grades: the official words, which the list of banned words leaves alone (`risk_label`)."""
