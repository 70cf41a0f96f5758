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
    ("_shared_by", ""),
    ("_yuan_per_visit", "yuan per visit"),
    ("_yuan_per_bed_day", "yuan per bed-day"),
    ("_yuan_per_head", "yuan per person and year"),
    ("_yuan_per_contact", "yuan per contact"),
    ("_per_year", "per person and year"),
    ("_yuan", "yuan"),
    ("_goal", "share"),
    ("_ratio", "share"),
    ("_share", "share"),
    ("_markup", "share"),
    ("_price_cut", "share"),
    ("_borne", "share"),
    ("_to_", "share"),
    ("_months", "months"),
    ("clearing_month", ""),
    ("_month", "months"),
)
_SHARES = {
    "growth",
    "held_for_quality",
    "kept",
    "surplus_kept",
    "cut",
    "above",
    "reserve",
    "retention",
    "retention_returned",
    "beyond_paid",
    "overspend_paid",
    "for_control",
    "director_on_balance",
    "director_on_health",
    "fees_raised",
    "joint_saving_left",
    "joint_paid_more",
    "one_drug_list",
    "remote_reading",
    "margin",
    "pass_mark",
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
    "prices": "本县机构的价格（分项目）",
    "rehab": "按结局付费的病种",
    "surplus": "结余怎样分配使用",
    "overspend": "超支由谁承担",
    "target": "未达标即核减下年总额的目标",
    "quality": "预留款返还的质量条件",
    "consortium": "医共体一体化程度",
    "change": "以后月份的改动",
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
    "pay.shared_by": "机构奖金池按各人开单还是按工作量分",
    "pay.work_counted_in": "工作量按分钟或按点数计",
    "pay.points_per_visit": "每诊疗人次点数",
    "pay.points_per_admission": "每住院人次点数",
    "pay.points_per_bed_day": "每床日点数",
    "pay.yuan_per_managed": "年末每管理一名慢病患者的奖励（每年）",
    "pay.yuan_per_controlled": "其中每名控制达标者另加（每年）",
    "pay.village": "村医：受聘领薪，或靠卫生室公卫经费、补助与收费所余",
    "pay.director_yuan": "院长年薪（政府支付；0为由单位支付）",
    "pay.director_of": "实行院长年薪的最低层级",
    "pay.director_on_balance": "年薪中全年不亏才发的部分",
    "pay.director_on_health": "年薪中按控制率目标完成程度发的部分",
    "pay.control_goal": "管理患者控制率目标",
    "prices.drug_markup": "药品加成率",
    "prices.consumables_markup": "耗材加成率",
    "prices.drug_price_cut": "药品采购降价幅度",
    "prices.consumables_price_cut": "耗材采购降价幅度",
    "prices.tests_price_cut": "检查检验收费下调幅度",
    "prices.fees_raised": "诊察、治疗、床位收费上调幅度",
    "prices.saved_to_fees": "降价腾出空间用于上调服务收费的部分",
    "prices.saved_to_pay": "降价为基金腾出的资金转付人员的部分",
    "prices.joint_share": "联合采购药品所占比例",
    "prices.joint_price_cut": "联合采购降价幅度",
    "prices.joint_saving_left": "联采节省的基金中留给机构的部分",
    "prices.joint_paid_more": "基金对联采药品多付的比例",
    "prices.one_drug_list": "统一目录与中心药房补足基层药品缺口的部分",
    "prices.general_fee_yuan_per_visit": "基金付基层的一般诊疗费（每结算人次）",
    "rehab.conditions": "按结局付费的住院病种",
    "rehab.margin": "外侧两档的起点（良好结局率之差）",
    "rehab.factor_far_below": "明显低于预期的系数",
    "rehab.factor_below": "低于预期的系数",
    "rehab.factor_above": "不低于预期的系数",
    "rehab.factor_far_above": "明显高于预期的系数",
    "rehab.least_cases": "年病例少于此数的机构系数为1",
    "government.drug_subsidy_yuan_per_head": "村卫生室基本药物补助",
    "surplus.kept": "结余留用比例",
    "surplus.held_for_quality": "留用结余中按质量考核结果发放的比例",
    "surplus.band": "结余风险走廊",
    "surplus.to_primary": "留用结余中用于基层设备与培训的比例",
    "surplus.training_share": "其中用于培训的比例",
    "surplus.to_staff": "留用结余中用于人员的比例",
    "surplus.to_referring": "留用结余中按双向转诊人数付给医生的比例",
    "surplus.to_disciplines": "留用结余中用于县级医院学科的比例",
    "surplus.to_chronic": "留用结余中用于下年慢病随访的比例",
    "surplus.yuan_per_contact": "每次随访价格",
    "surplus.contacts_with": "随访的病种",
    "band.above": "界限（占全年总额）",
    "band.kept": "界限以上结余的留用比例",
    "band.borne": "界限以上超支的承担比例",
    "overspend.borne": "超支由医共体承担的比例（不按成因时）",
    "overspend.uncontrollable_borne": "其中人数与病情加重所致部分的承担比例",
    "overspend.mismanagement_borne": "其余部分的承担比例",
    "overspend.band": "超支风险走廊",
    "target.indicator": "考核指标（医共体参保居民）",
    "target.at_least": "达标下限",
    "target.at_most": "达标上限",
    "target.of": "看当年值，或较上年变化",
    "target.cut": "未达标核减下年总额的比例",
    "quality.controlled_goal": "已知患者控制率目标",
    "quality.controlled_of": "考核控制率的病种",
    "quality.well_treated_goal": "治疗得当比例目标",
    "quality.attended_goal": "未被推诿或拒诊比例目标",
    "quality.pass_mark": "全额返还的合格分",
    "consortium.legal_persons": "法人：一个或多个",
    "consortium.reserve_split": "未定用途的结余归集方式",
    "change.month": "政策开始后的月数",
    "bundle.divided_by": "县总额在医共体间怎样分",
    "bundle.own_payments_inside": "患者及其他保障支付计入总额",
    "bundle.reserve": "基金预留、年末补超支的比例",
    "chronic_capitation.conditions": "按人头付费的病种",
    "chronic_capitation.yuan_per_head": "每人每年标准（0为按去年支付确定）",
    "chronic_capitation.growth": "标准年增长",
    "chronic_capitation.for_control": "其中控制达标才付的部分",
    "chronic_capitation.answers": "由哪一级负责",
    "composition.lines": "启用的部分",
    "composition.heads": "慢病门诊按人头",
    "composition.points": "住院按点数",
    "composition.cases": "住院按病组",
    "composition.long_stays": "长期住院按床日",
    "composition.bundle": "医共体总额打包",
    "dip.by_treatment": "分组也看治疗方式",
    "drg.coefficient_village": "村级机构系数",
    "drg.coefficient_township": "乡镇机构系数",
    "drg.coefficient_county": "县级机构系数",
    "drg.coefficient_same_price": "基层病种同病同价系数（各级相同）",
    "drg.outliers": "费用过低按账单付、费用极高加付",
    "drg.by_treatment": "分组也看治疗方式",
    "drg.level": "费率预算按什么确定",
    "drg.growth": "费率预算年增长",
    "drg.history": "去年支出按支付额或按账单额",
    "drg.coefficients_by": "系数按级别，或按各机构自身成本",
    "drg.overrun": "超出预算由基金承担，或年末按系数扣减机构",
    "episode_90.growth": "价格较去年周期费用的年增长",
    "global_budget.level": "各机构预算按什么确定",
    "global_budget.growth": "预算年增长",
    "global_budget.history": "去年支出按支付额或按账单额",
    "global_budget.divided_by": "县总额怎样分",
    "global_budget.own_payments_inside": "患者及其他保障支付计入预算",
    "global_budget.reserve": "基金不下达的预算比例",
    "global_budget.surplus_kept": "未用预算归机构的比例",
    "global_budget.overspend_paid": "超预算账单由基金支付的比例",
    "global_budget.lowest_tier": "设预算的最低机构层级",
    "per_diem.level": "床日价格按什么确定",
    "per_diem.growth": "床日价格年增长",
    "per_diem.history": "去年支出按支付额或按账单额",
    "per_diem.yuan_per_bed_day": "各级首段床日价格（未给按去年成本）",
    "per_diem.later_share": "第二段床日价格占首段的比例",
    "per_diem.last_share": "第三段床日价格占首段的比例",
    "rule.chronic_capitation": "名单病种的管理患者按月按人头付给负责机构，含其常规门诊；其余按账单",
    "rule.composition": "慢病按人头、住院按点数或病组、久住按床日，其余按账单；可由总额付",
    "rule.drg": "县内住院按权重×级别或医院系数×年前定好的费率付费，减他方已付；门诊与县外按账单",
    "rule.episode_90": "一次住院开启约90天周期，一口价含再住院与医院门诊；其余按账单",
    "rule.global_budget": "各机构预付全年预算，不随账单变；未用部分留一定比例，超出由基金付一部分",
    "rule.per_diem": "县内每床日按级别价格付费，住得越久价格越低，减他方已付；门诊与县外按账单",
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
    "billing": "开单",
    "work": "工作量",
    "minutes": "分钟",
    "points": "点数",
    "employed": "受聘领薪",
    "own_account": "自负盈亏",
    "several": "多个",
    "one": "一个",
    "common": "共同储备",
    "saved": "按各自节省",
    "year": "当年值",
    "change": "较上年变化",
    "in_county_share_of_admissions": "县内住院占比",
    "primary_share_of_visits": "基层诊疗占比",
    "visits_at_hospitals": "医院门诊人次",
    "visits_outside": "县外门诊人次",
    "spending_trend": "去年支出及其增长趋势",
    "financing_growth": "去年支出乘筹资增长",
    "paid": "支付额",
    "billed": "账单额",
    "as_level": "随总额依据",
    "history": "历史支出",
    "heads": "人头",
    "adjusted_heads": "年龄性别调整人头",
    "tier": "级别",
    "hospital": "各医院",
    "fund": "基金",
    "correction": "年末系数扣减",
    "cases": "病组",
    "long_stays": "长期住院",
    "bundle": "总额打包",
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
    if key == "to_come":
        return ""
    return next((unit for ending, unit in _UNITS if ending in f"_{key}"), "")


def meaning(owner: str, key: str, info: FieldInfo | None, lang: Lang) -> str:
    """What a key means: ``owner`` is the part of a policy, or the payment scheme."""
    english = (info.description if info is not None else None) or key
    if lang == "en":
        return english.removesuffix(", below")
    extra = info.json_schema_extra if info is not None else None
    own = extra.get("zh") if isinstance(extra, dict) else None
    table = owner.rpartition(".")[2]  # of a list in a part: postings, bands
    named = _KEYS_ZH.get(f"{owner}.{key}") or _KEYS_ZH.get(f"{table}.{key}")
    return str(own or named or english)


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
