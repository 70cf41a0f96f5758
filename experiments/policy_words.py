"""Readers' words for the keys of a policy: English from the schema, Chinese from one table.

A payment scheme in a file of its own may bring its Chinese with it, by
``Field(..., json_schema_extra={"zh": "..."})``; that comes before this table. A key without a
Chinese word is told in English.
"""

from __future__ import annotations

from typing import Any

from pydantic.fields import FieldInfo

from agents.conditions import CONDITIONS
from experiments.words import Lang

_UNITS = (
    ("_yuan_per_visit", "yuan per visit"),
    ("_yuan_per_bed_day", "yuan per bed-day"),
    ("_yuan_per_head", "yuan per person and year"),
    ("_yuan_per_contact", "yuan per contact"),
    ("_per_year", "per person and year"),
    ("_yuan", "yuan"),
    ("_ratio", "share"),
    ("_share", "share"),
    ("_months", "months"),
    ("clearing_month", ""),
    ("_month", "months"),
)
_SHARES = {
    "growth",
    "surplus_kept",
    "surplus_to_staff",
    "surplus_to_primary",
    "overspend_borne",
    "retention",
    "retention_returned",
    "beyond_paid",
}
_UNITS_ZH = {
    "yuan per visit": "元/人次",
    "yuan per bed-day": "元/床日",
    "yuan per person and year": "元/人·年",
    "yuan per contact": "元/次",
    "per person and year": "次/人·年",
    "yuan": "元",
    "months": "个月",
}

PARTS_ZH = {
    "starts_month": "政策开始前的月数（按基线运行）",
    "payment": "怎样向医疗机构付费",
    "pay": "单位的钱怎样变成医生收入",
    "settlement": "医保何时、按多少结算",
    "government": "政府另行拨给机构的资金",
    "benefits": "参保人待遇",
    "care_at_base": "基层的条件",
    "audit": "记录核查",
    "staff": "医生在哪里工作",
}
_KEYS_ZH = {
    "settlement.advance_months": "年初预拨去年支付额的月数（年末收回）",
    "settlement.denial_share": "申报费用拒付比例",
    "settlement.retention": "年终清算前预留比例",
    "settlement.retention_returned": "清算时返还预留款的比例",
    "settlement.late_months": "申报到支付的月数",
    "settlement.clearing_month": "次年清算月份",
    "pay.bonus_on": "奖金按什么提取",
    "pay.bonus_share": "提取后归医生的比例",
    "pay.balance_share": "另按结余归医生的比例",
    "pay.primary_factor": "村、乡两级奖金倍数（其绩效总量可能受限）",
    "pay.workload_yuan_per_visit": "每诊疗人次奖金（与费用无关）",
    "pay.workload_yuan_per_bed_day": "每床日奖金（与费用无关）",
    "pay.scale": "基本工资：按各自合同，或各级按职称统一",
    "pay.performance_share": "统一工资中按工作量分配的部分",
    "pay.scale_paid_by": "统一工资高出合同的部分由谁支付",
    "pay.scale_yuan": "统一工资：各职称年薪",
    "pay.bonus_factor_most": "管理者最多可把奖金乘或除的倍数（1为不可）",
    "government.public_health_yuan_per_head": "公共卫生经费（县财政补助以外）",
    "government.public_health_village_share": "其中村卫生室的比例，其余归乡镇",
    "benefits.outpatient_cap_yuan": "普通门诊基金年支付上限",
    "benefits.chronic_cap_yuan": "慢特病门诊基金年支付上限",
    "benefits.ceiling_yuan": "住院基金年支付上限",
    "benefits.serious_deductible_yuan": "大病保险起付线",
    "benefits.serious_ratio": "大病保险支付比例",
    "benefits.aid_ratio": "医疗救助支付比例",
    "benefits.change": "待遇表的改动",
    "care_at_base.drugs_share_village": "村卫生室所需药品配备率",
    "care_at_base.drugs_share_township": "乡镇卫生院所需药品配备率",
    "care_at_base.outreach_per_year": "对已确诊居民每年上门管理次数",
    "care_at_base.outreach_yuan_per_contact": "每次随访机构的成本",
    "audit.examined_share": "虚假记录被抽查的概率",
    "audit.shows_share": "抽查时能发现的概率",
    "audit.fine_multiple": "罚款为所得的倍数（另须退回所得）",
    "staff.postings": "下派医生",
    "staff.moves_up": "基层医生能否上调（停止即县管乡用）",
    "staff.county_pay_share": "乡镇医生补足与县医院同职称基本工资差额的比例（政府出）",
    "staff.remote_reading": "乡镇检查由县医院中心远程判读的比例",
    "staff.yuan_per_reading": "每次远程判读支付",
    "staff.home_visits_per_year": "签约慢病居民每年入户次数",
    "staff.yuan_per_home_visit": "每次入户除时间外的成本",
    "bundle.level": "打包总额按什么确定",
    "bundle.growth": "总额较去年支出的年增长",
    "bundle.outside_inside": "县外就医由总额支付",
    "bundle.surplus_kept": "结余留用比例",
    "bundle.surplus_to_staff": "留用结余中用于人员的比例",
    "bundle.surplus_to_primary": "留用结余中用于基层的比例",
    "bundle.overspend_borne": "超支由医共体承担的比例",
    "dip.level": "住院总额按什么确定",
    "dip.growth": "总额年增长",
    "dip.coefficient_village": "村级机构系数（权重1的点数）",
    "dip.coefficient_township": "乡镇机构系数（权重1的点数）",
    "dip.coefficient_county": "县级机构系数（权重1的点数）",
    "dip.coefficient_same_price": "基层病种同病同价系数（各级相同）",
    "dip.outliers": "费用过低按账单付、费用极高加付",
    "dip.outpatient_budget": "门诊基金支出也设总额",
    "provider_cap.level": "上限按什么确定",
    "provider_cap.growth": "上限年增长",
    "provider_cap.lowest_tier": "设上限的最低机构层级",
    "provider_cap.beyond_paid": "超上限部分年后支付的比例",
    "rule.bundle": "医共体预付全年总额并支付其居民的全部医疗，结余留用、超支分担",
    "rule.dip": "县内住院按点数（权重×级别系数）分配全年总额，基金付标准减他方已付；其余按账单",
    "rule.fee_for_service": "基金当月按比例支付每张账单",
    "rule.provider_cap": "各机构账单付到按去年定的年度上限，超出由机构自负或年后部分支付",
    "change.scheme": "参保类型",
    "change.kind": "就医类型",
    "change.tier": "机构层级",
    "change.column": "待遇表的列",
    "change.value": "新值",
    "change.add": "在原值上加",
    "postings.source": "派出层级",
    "postings.target": "派往层级",
    "postings.doctors_per_place": "每处人数",
    "postings.months": "轮换月数",
    "postings.yuan_per_month": "每月补贴（政府出）",
}
_VALUES_ZH = {
    "revenue": "收入",
    "balance": "结余",
    "nothing": "不提取",
    "contract": "各自合同",
    "one_scale": "统一工资",
    "employer": "用人单位",
    "government": "政府",
    "last_year_spending": "去年支出",
    "financing": "当年筹资",
    "last_year_paid": "去年支付额",
    "last_year_billed": "去年账单额",
    "free": "可以",
    "stopped": "停止",
    "village": "村",
    "township": "乡镇",
    "county": "县",
    "city": "市",
    "province": "省",
    "resident": "居民医保",
    "employee": "职工医保",
    "in_county": "县内",
    "lives_elsewhere": "异地居住",
    "referred": "经转诊",
    "self_referred": "自行外出",
    "emergency": "急诊",
    "deductible_yuan": "起付线（元）",
    "inpatient_ratio": "住院支付比例",
    "outpatient_ratio": "门诊支付比例",
    "chronic_ratio": "慢特病支付比例",
    "in_policy_share": "政策范围内占比",
    "village_doctor": "乡村医生",
    "assistant_physician": "助理医师",
    "physician": "医师",
    "attending": "主治医师",
    "associate_chief": "副主任医师",
    "chief": "主任医师",
    **{condition.name: condition.title_zh for condition in CONDITIONS},
}


def unit_of(key: str) -> str:
    """Unit of a key, by its name; empty if it has none."""
    if key in _SHARES:
        return "share"
    return next((unit for ending, unit in _UNITS if ending in f"_{key}"), "")


def meaning(owner: str, key: str, info: FieldInfo | None, lang: Lang) -> str:
    """What a key means: ``owner`` is the part of a policy, or the payment scheme."""
    english = (info.description if info is not None else None) or key
    if lang == "en":
        return english.removesuffix(", below")
    extra = info.json_schema_extra if info is not None else None
    own = extra.get("zh") if isinstance(extra, dict) else None
    return str(own or _KEYS_ZH.get(f"{owner}.{key}") or english)


def part_title(part: str, info: FieldInfo, lang: Lang) -> str:
    """What a part of a policy is about."""
    english = (info.description or part).removesuffix(", below")
    return PARTS_ZH.get(part, english) if lang == "zh" else english.partition(":")[0]


def rule_of(scheme: Any, lang: Lang) -> str:
    """The rule of a payment scheme, in one line."""
    return _KEYS_ZH.get(f"rule.{scheme.name}", scheme.rule) if lang == "zh" else str(scheme.rule)


def value_text(key: str, value: Any, lang: Lang) -> str:
    """A value with its unit, for a reader; shares as percent."""
    zh = lang == "zh"
    if value is None:
        return "同县现状" if zh else "as in the county"
    if isinstance(value, bool):
        return ("是" if value else "否") if zh else ("yes" if value else "no")
    unit = unit_of(key)
    if isinstance(value, int | float):
        if unit == "share":
            return f"{100.0 * value:.6g} %"
        told = f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
        if unit == "months" and value == 1 and not zh:
            unit = "month"
        unit = _UNITS_ZH.get(unit, unit) if zh else unit
        return f"{told} {unit}".rstrip()
    text = str(value)
    return _VALUES_ZH.get(text, text) if zh else text.replace("_", " ")
