"""Readers' words, English and Chinese, for names that a trace is told in.

One table. A name that is not in it is shown by the first line of its docstring, or as it
stands in the source: nothing goes untold because nobody wrote a word for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Lang = Literal["en", "zh"]
CLASSES = (
    ("minor", "轻症"),
    ("moderate", "中等"),
    ("severe", "重症"),
    ("critical", "危重"),
    ("routine", "慢病复诊"),
)
_WORDS: dict[str, tuple[str, str]] = {
    # functions
    "attend": ("is attended to", "就诊"),
    "see": ("is seen, and sent up or not", "接诊（是否上转）"),
    "sends_up": ("the doctor finds it beyond the place", "医生判断超出本院能力"),
    "refer_chance": ("chance to be sent up", "上转概率"),
    "wants_bed": ("the doctor would admit him", "医生拟收住院"),
    "admit_chance": ("chance to be admitted", "收治概率"),
    "gets_bed": ("a bed is free for him", "有床位"),
    "is_for": ("his need calls for a bed here", "病情需本院住院"),
    "choose_intensity": ("intensity; 1 is what the need calls for", "诊疗强度（1为病情所需）"),
    "treatment_benefit": ("share of the benefit that reaches him", "可得疗效占比"),
    "is_treated_well": ("care was right", "治疗得当"),
    "happens": ("chance, and whether it happens", "概率与结果"),
    "uniform": ("draw between 0 and 1", "随机数"),
    "dies_of_need": ("the need kills him", "因病死亡"),
    "fatality": ("chance to die of it", "病死概率"),
    "choose_above": ("chooses again, among higher providers", "在上级机构中再选"),
    "choose_provider": ("chooses a provider", "选择机构"),
    "bill_noise": ("spread of the bill", "费用波动"),
    "care_kind": ("kind of care for the benefit table", "就医类型"),
    "fund_share_of_admission": ("the fund pays of the admission, fen", "基金支付住院（分）"),
    "fund_share_of_visit": ("the fund pays of the visits, fen", "基金支付门诊（分）"),
    "serious_illness_share": ("serious-illness cover pays, fen", "大病保险支付（分）"),
    "admit": ("bill of the admission, fen", "住院费用（分）"),
    "see_outpatient": ("bill of the visits, fen", "门诊费用（分）"),
    "stay_days": ("length of stay, days", "住院天数"),
    "count_visits": ("visits that the need takes", "所需就诊次数"),
    "treating_worth": ("worth of treating him without a bed, yuan", "门诊治疗的效用（元）"),
    "admitting_worth": ("worth of a bed for him, yuan", "收住院的效用（元）"),
    "examining_worth": ("worth of examining him only, yuan", "仅检查的效用（元）"),
    "sending_up_worth": ("worth of sending him up, yuan", "上转的效用（元）"),
    "sending_down_worth": ("worth of sending him down, yuan", "下转的效用（元）"),
    "putting_off_worth": ("worth of putting him off, yuan", "推诿的效用（元）"),
    "choose_option": ("what the doctor chooses", "医生的选择"),
    "accepts_bed": ("he enters when a bed is advised", "接受住院建议"),
    # parts of a worth or a judgement, by a name in the source of the term
    "common": ("common to the village", "全村相同部分"),
    "price_yuan": ("price", "价格"),
    "felt_price": ("price", "价格"),
    "minutes": ("travel", "路程"),
    "travel_per_minute": ("travel", "路程"),
    "wait_days": ("wait", "等候"),
    "talk": ("village's talk", "乡邻口碑"),
    "belief": ("own belief", "自身信任"),
    "short": ("fit", "能力匹配"),
    "fit": ("fit", "能力匹配"),
    "drugs": ("drugs in stock", "备药"),
    "habit": ("habit", "习惯"),
    "habit_odds": ("habit", "习惯"),
    "contract_odds": ("contract", "签约"),
    "referral_odds": ("referral", "转诊"),
    # the resident's record
    "severity": ("severity, thousandths", "严重度（千分）"),
    "cause": ("cause", "病因"),
    "routine": ("routine visit due", "慢病复诊到期"),
    "slot": ("where he goes, slot", "去向（槽位）"),
    "visits": ("visits", "就诊次数"),
    "referred": ("holds a referral", "持转诊单"),
    "admitted": ("admitted", "住院"),
    "unresolved": ("need left over", "病情未愈"),
    "alive": ("here and alive", "在世在册"),
    "drug_months": ("months of drugs left", "余药月数"),
    "age_months": ("age, months", "月龄"),
    "stage": ("stage by condition", "各病分期"),
    "aware": ("knows of it, by condition", "各病知晓"),
    "managed": ("managed, by condition", "各病管理"),
    "controlled": ("controlled, by condition", "各病控制"),
    "year_paid_fen": ("paid himself this year, fen", "本年自付（分）"),
    "year_cost_fen": ("billed this year, fen", "本年费用（分）"),
    # a month's tally
    "outpatient_cost_fen": ("outpatient bill", "门诊费用"),
    "inpatient_cost_fen": ("inpatient bill", "住院费用"),
    "patient_fen": ("patient", "患者自付"),
    "fund_outpatient_fen": ("fund, visits", "基金（门诊）"),
    "fund_chronic_fen": ("fund, chronic visits", "基金（慢特病）"),
    "fund_inpatient_fen": ("fund, admissions", "基金（住院）"),
    "serious_fen": ("serious-illness cover", "大病保险"),
    "aid_fen": ("medical aid", "医疗救助"),
    "employee_fund_fen": ("employees' fund", "职工医保"),
    "turned_away": ("turned away", "未能接诊"),
    "no_bed": ("found no bed", "无床位"),
    "referred_up": ("sent up", "上转"),
    "admissions": ("admissions", "住院人次"),
    "bed_days": ("bed-days", "床日"),
    "poor_outcomes": ("care that was not right", "疗效不佳"),
    "deaths": ("deaths", "死亡"),
    # a doctor and a provider
    "altruism": ("altruism", "利他度"),
    "income_fen": ("income so far this year", "本年收入"),
    "base_pay_fen": ("base pay a year", "年基本工资"),
    "billed_fen": ("billed this month", "本月开单"),
    "brings_outpatient": ("a yuan billed of a visit brings him", "门诊每元给医生带来"),
    "brings_inpatient": ("a yuan billed of an admission brings him", "住院每元给医生带来"),
    "brings_visit_yuan": ("a visit brings him, yuan", "每次门诊给医生带来（元）"),
    "brings_admission_yuan": ("an admission brings him, yuan", "每次住院给医生带来（元）"),
    "brings_weight_yuan": ("a unit of case weight brings him, yuan", "每单位权重给医生带来（元）"),
    "brings_bed_day_yuan": ("a bed-day brings him, yuan", "每床日给医生带来（元）"),
    "brings_up_yuan": ("sending up brings him, yuan", "上转一人给医生带来（元）"),
    "brings_down_yuan": ("sending or taking down brings him, yuan", "下转一人给医生带来（元）"),
    "brings_managed_yuan": ("a patient managed brings him, yuan", "规范管理一人给医生带来（元）"),
    "brings_held_yuan": ("a patient controlled brings him, yuan", "控制达标一人给医生带来（元）"),
    "capability": ("capability", "能力"),
    "days_waited": ("wait, days", "等候（天）"),
    "minutes_load": ("load of minutes", "门诊负荷"),
    "bed_load": ("load of beds", "床位负荷"),
    "minutes_capacity": ("minutes a month", "月可用分钟"),
    "bed_days_capacity": ("bed-days a month", "月可用床日"),
    "minutes_asked": ("minutes asked for", "申请分钟"),
    "bed_days_asked": ("bed-days asked for", "申请床日"),
    "cash_fen": ("cash", "现金"),
    # purposes of the ledger
    "patients pay": ("patients pay", "患者支付"),
    "fund pays services": ("fund pays services", "基金支付医疗服务"),
    "serious-illness cover pays": ("serious-illness cover pays", "大病保险支付"),
    "medical aid pays": ("medical aid pays", "医疗救助支付"),
    "employees' fund pays": ("employees' fund pays", "职工医保支付"),
    "fiscal subsidy": ("fiscal subsidy", "财政补助"),
    "drugs and materials": ("drugs and materials", "药品耗材"),
    "running costs": ("running costs", "运行费用"),
    "base pay": ("base pay", "基本工资"),
    "bonus": ("bonus", "绩效奖金"),
    "outreach": ("outreach", "上门随访"),
    # causes of acute need
    "respiratory": ("respiratory", "呼吸"),
    "digestive": ("digestive", "消化"),
    "musculoskeletal": ("musculoskeletal", "骨骼肌肉"),
    "injury": ("injury", "损伤"),
    "circulatory": ("circulatory", "循环"),
    "other": ("other", "其他"),
    # layout
    "pay_of_month": ("pay of the month", "当月收入"),
    "pay_base": ("of it base pay", "其中基本工资"),
    "pay_bonus": ("of it bonus", "其中奖金"),
    "month": ("month", "月份"),
    "doctor": ("doctor", "医生"),
    "resident": ("resident", "居民"),
    "need": ("need", "需求"),
    "option": ("option", "可选机构"),
    "worth": ("worth", "效用"),
    "chance": ("chance", "概率"),
    "chosen": ("chosen", "选择"),
    "nowhere": ("stays at home", "不就医"),
    "at": ("at", "在"),
    "paid": ("bill and who paid, yuan", "费用与支付方（元）"),
    "changes": ("what changed for him", "其变化"),
    "in": ("money in, yuan", "收入（元）"),
    "out": ("money out, yuan", "支出（元）"),
    "balance": ("balance of the month", "当月结余"),
    "proved": ("proved: the run wrote the same row", "已核对：与运行结果逐位一致"),
    "unproved": ("NOT PROVED: the run wrote another row", "未通过核对：与运行结果不一致"),
    "more": ("more in the queue, not shown", "其余排队者未列出"),
    "purpose": ("purpose", "用途"),
    "yuan": ("yuan", "元"),
    "value": ("value", "数值"),
    "red": ("why it is in the red, yuan for each yuan that came in", "亏损原因（每收入1元）"),
    "quiet": ("no need", "无需求"),
}

_JUDGED = {
    "clinical": ("clinical need", "临床需要"),
    "admit_money": ("what it brings him", "其收入影响"),
}
"""Terms of what a doctor weighs, by a name in their source."""
_ARGUMENTS = {
    "severity": ("severity", "严重度"),
    "intensity": ("intensity", "强度"),
    "treated_well": ("treated well", "治疗得当"),
    "noise": ("draw", "随机数"),
    "brings_per_yuan": ("a yuan billed brings him", "每元费用给其带来"),
}
_NO_PARTS = ("altruism", "worth", "value", "month")
"""Names that stand in many terms and say nothing of what a term is."""


def word(name: str, lang: Lang, otherwise: str | None = None) -> str:
    """A name in a reader's language; ``otherwise``, or the name itself, if nobody wrote one."""
    known = _WORDS.get(name)
    if known is None:
        return otherwise or name
    return known[1 if lang == "zh" else 0]


def part_word(source: str, lang: Lang) -> str:
    """The word for a term, by the last known name in its source; else the source."""
    names: Sequence[str] = re.findall(r"[A-Za-z_]\w*", source)
    for name in reversed(names):
        if name in _WORDS and name not in _NO_PARTS:
            return word(name, lang)
    return source


def judged_word(source: str, lang: Lang) -> str:
    """The word for a term of a judgement; else its source, without the table it stands in."""
    for name in re.findall(r"[A-Za-z_]\w*", source):
        if name in _JUDGED:
            return _JUDGED[name][1 if lang == "zh" else 0]
    return source.replace("judgement.", "").replace("world.course.", "")


def argument_word(name: str, lang: Lang) -> str:
    """The word for an argument of a judgement."""
    known = _ARGUMENTS.get(name)
    return known[1 if lang == "zh" else 0] if known else word(name, lang)


def class_word(kind: int, lang: Lang) -> str:
    """A class of need."""
    return CLASSES[kind][1 if lang == "zh" else 0]
