"""What the report calls things, in English and Chinese."""

from collections.abc import Mapping
from typing import Final

Names = Mapping[str, tuple[str, str]]
"""What something is called, in English and Chinese, by its id."""

_DROPPED: Final[Names] = {
    "objected_to_marketing": ("Objected to marketing", "拒绝营销"),
    "not_the_asking_channel": ("Not the asking channel", "非询问渠道"),
    "quiet_hours": ("Quiet hours", "免打扰时段"),
    "daily_capacity_used": ("Daily capacity used", "当日额度已满"),
    "channel_lacks_language": ("Channel lacks the customer's language", "渠道不支持客户语言"),
    "channel_does_not_carry": ("Channel does not carry it", "渠道不承接该方案"),
    "held_already": ("Held already", "已持有"),
    "not_for_this_kind": ("Not for this kind of customer", "不适用于此类客户"),
    "no_consent": ("No consent", "未获同意"),
    "contacted_recently": ("Contacted recently", "近期已联系"),
    "contacted_often_30d": ("Contacted often in 30 days", "30 天内联系过多"),
    "contacted_often_90d": ("Contacted often in 90 days", "90 天内联系过多"),
    "not_scored": ("Not scored", "未评分"),
    "not_worth_it": ("Not worth it", "不值得联系"),
}
"""Why deciding drops an action, whatever the policy."""

_RULES: Final[Names] = {
    "still_a_customer": ("Still a customer", "仍是客户"),
    "no_selling_with_open_complaint": ("No selling with an open complaint", "投诉未结不营销"),
    "no_selling_to_the_vulnerable": ("No selling to the vulnerable", "不向弱势客户营销"),
    "complaint_is_open": ("Complaint is open", "有未结投诉"),
    "birthday_is_near": ("Birthday is near", "生日临近"),
    "anniversary_is_near": ("Anniversary is near", "开户周年临近"),
    "has_gone_quiet": ("Has gone quiet", "已转休眠"),
    "one_retention_gesture_a_quarter": ("One retention gesture a quarter", "每季度挽留一次"),
    "one_greeting_at_a_time": ("One greeting at a time", "一次只送一个问候"),
    "no_selling_right_after_retention": ("No selling right after retention", "挽留后暂不营销"),
    "rest_after_refusals": ("Rest after refusals", "多次拒绝后暂停"),
}
"""The rules of the default policy; a bank's own are read from their names."""

WORDS: Final[Names] = {
    "retain": ("Retention", "客户挽留"),
    "cross_sell": ("Cross-sell", "交叉销售"),
    "service": ("Service", "服务"),
    "dormant": ("Dormant", "休眠"),
    "low_value": ("Low value", "低价值"),
    "valuable": ("Valuable", "有价值"),
    "high_value": ("High value", "高价值"),
    "app": ("App", "手机银行"),
    "web": ("Web", "网上银行"),
    "email": ("E-mail", "电子邮件"),
    "sms": ("Text message", "短信"),
    "branch": ("Branch", "网点"),
    "call_centre": ("Call centre", "客服中心"),
    "relationship_manager": ("Relationship manager", "客户经理"),
    "budget": ("Budget", "预算"),
    "candidates": ("Candidates", "候选"),
    "objection": ("Objection", "拒绝营销"),
    "eligible": ("Eligibility", "资格"),
    "permitted": ("Permission", "许可"),
    "valued": ("Value", "估值"),
    "churn_x_save_rate": ("churn × save rate", "流失概率 × 挽回率"),
    "uplift": ("uplift", "增量概率"),
    "propensity": ("propensity", "购买倾向"),
    "stated": ("stated in the policy", "策略设定"),
    "individual": ("Individual", "个人"),
    "company": ("Company", "公司"),
    "institution": ("Institution", "机构"),
    "customer_age_years": ("Age", "年龄"),
    "customer_sex": ("Sex", "性别"),
    "f": ("Female", "女"),
    "female": ("Female", "女"),
    "m": ("Male", "男"),
    "male": ("Male", "男"),
    "unknown": ("Unknown", "未知"),
    **_DROPPED,
    **_RULES,
}
