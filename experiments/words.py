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
    "gets_bed": ("a bed is free for him", "有床位"),
    "illness_of": ("what his need is of", "所患疾病"),
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
    "enrol_chance": ("chance that he is taken into management", "纳入慢病管理的概率"),
    "putting_off_worth": ("worth of putting him off, yuan", "推诿的效用（元）"),
    "choose_option": ("what the doctor chooses", "医生的选择"),
    "accepts_bed": ("he enters when a bed is advised", "接受住院建议"),
    "takes_bed": ("he would enter, were a bed advised", "若建议住院，是否接受"),
    "money_weight": ("how much a price counts for him", "价格对其的分量"),
    "judge": ("what the doctor decides", "医生的决定"),
    "odds_of": ("odds against the best option", "相对最优选项的优势比"),
    "reach_of": ("what the place can do for him", "本院对其病情的可及疗效"),
    "stake_of": ("what right care is worth to him, yuan", "治疗得当对患者的价值（元）"),
    "size_of": ("weight of a departure from need", "偏离病情所需的分量"),
    "intensity_of": ("how thoroughly he is treated", "诊疗强度"),
    "intensity_worth": ("worth of an intensity, yuan", "该诊疗强度的效用（元）"),
    "visit_price_yuan": ("price of a visit as needed, yuan", "按需一次门诊价格（元）"),
    "admission_price_yuan": ("price of an admission as needed, yuan", "按需一次住院价格（元）"),
    "visit_minutes": ("minutes that the visits take", "就诊所需分钟"),
    "true_weight": ("case weight as it is, thousandths", "真实病例权重（千分）"),
    "can_go_down": ("a lower place near home can treat him", "下级机构可接治"),
    "without_bed": ("what becomes of him without a bed", "无床位时的去向"),
    "needed_days": ("stay that the need calls for, days", "病情所需住院天数"),
    "expected_stay": ("bed-days kept for him", "预留床日"),
    "stay_part": ("stay; 1 is what the need calls for", "住院时长（1为病情所需）"),
    "choose_stay": ("stay that pays best; 1 as needed", "所选住院时长（1为病情所需）"),
    "stay_benefit": ("benefit left after a short stay", "缩短住院后的疗效占比"),
    "hands_over": ("a lower place does the rest of the stay", "后段住院转下级机构"),
    "handing_over_worth": ("worth of handing over, yuan", "转交下级的效用（元）"),
    "lie_chance": ("chance to record what is not true", "虚假记录概率"),
    "next_class": ("class that it could be recorded as", "可高编的类别"),
    "record_class": ("case weight recorded, thousandths", "所记病例权重（千分）"),
    "upcoding_yuan": ("recording a class higher brings him, yuan", "高编给医生带来（元）"),
    "is_split": ("one stay is recorded as two", "分解住院"),
    "splitting_yuan": ("recording two stays brings him, yuan", "分解住院给医生带来（元）"),
    "invent_visit": ("billed for a visit that was not, fen", "虚构门诊费用（分）"),
    "inventing_yuan": ("an invented visit brings him, yuan", "虚构门诊给医生带来（元）"),
    "fund_part": ("the fund would pay of one more bill, fen", "再一张门诊单基金支付（分）"),
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
    "year_outpatient_fund_fen": ("fund this year, visits, fen", "本年基金（门诊，分）"),
    "year_chronic_fund_fen": ("fund this year, chronic visits, fen", "本年基金（慢特病，分）"),
    "year_inpatient_fund_fen": ("fund this year, admissions, fen", "本年基金（住院，分）"),
    "year_pocket_fen": ("in-policy cost that he bore this year, fen", "本年政策内自付（分）"),
    "year_visits": ("visits this year", "本年就诊次数"),
    "year_admissions": ("admissions this year", "本年住院次数"),
    "village": ("village", "村"),
    "elsewhere": ("lives elsewhere", "外出居住"),
    "scheme": ("insurance scheme", "参保类型"),
    "aided": ("entitled to medical aid", "医疗救助对象"),
    "contract": ("family-doctor contract", "家庭医生签约"),
    "births": ("births", "生育"),
    "income_yuan": ("income a year, yuan", "年收入（元）"),
    "exit": ("why he left", "离册原因"),
    "exit_month": ("month in which he left", "离册月份"),
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
    "chronic_cost_fen": ("of it chronic visits", "其中慢特病门诊费用"),
    "settled_outpatient_cost_fen": ("outpatient bill settled at once", "直接结算门诊费用"),
    "insured_inpatient_cost_fen": ("inpatient bill of insured residents", "居民医保住院费用"),
    "low_cost_fen": ("bill of cases far too cheap for their weight", "费用过低病例费用"),
    "high_cost_fen": ("bill beyond the mark of very dear cases", "费用极高病例超出部分"),
    "false_fen": ("fund's part of false records found", "查实虚假记录涉及基金"),
    "settled_visits": ("visits settled at once", "直接结算门诊人次"),
    "chronic_visits": ("chronic visits", "慢特病门诊人次"),
    "insured_admissions": ("admissions of insured residents", "居民医保住院人次"),
    "unneeded_admissions": ("admissions that need no bed", "不必要住院人次"),
    "insured_bed_days": ("bed-days of insured residents", "居民医保床日"),
    "case_weight": ("case weight recorded, thousandths", "所记病例权重（千分）"),
    "light_weight": ("of it: classes that need no bed", "其中无需住院类别"),
    "low_cost_weight": ("of it: cases far too cheap", "其中费用过低病例"),
    "declined": ("declined a bed", "拒绝住院"),
    "referred_down": ("sent down", "下转"),
    "put_off": ("put off", "推诿"),
    "upcoded": ("recorded a class too high", "高编病例"),
    "split": ("stays recorded as two", "分解住院"),
    "invented_visits": ("visits invented", "虚构门诊"),
    "found_false": ("false records found", "查实虚假记录"),
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
    "base_income_fen": ("of it base pay so far this year", "本年基本工资收入"),
    "bonus_income_fen": ("of it bonus so far this year", "本年奖金收入"),
    "surplus_income_fen": ("of it from a surplus shared this year", "本年结余分配收入"),
    "usual_income_fen": ("income that he reckons with, a year", "其预期年收入"),
    "arrears_fen": ("pay and bonus owed to him", "被拖欠的工资奖金"),
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
    "consortium pays services": ("consortium pays services", "医共体支付医疗服务"),
    "fund advances": ("fund advances", "基金预拨"),
    "advance returned to fund": ("advance returned to fund", "预拨款退回基金"),
    "fund clears last year": ("fund clears last year", "基金年终清算"),
    "consortium clears last year": ("consortium clears last year", "医共体年终清算"),
    "false records paid back": ("false records paid back", "退回虚假记录款"),
    "fines for false records": ("fines for false records", "虚假记录罚款"),
    "suppliers' arrears": ("suppliers' arrears", "偿还供应商欠款"),
    "pay arrears": ("pay arrears", "补发拖欠工资"),
    "bonus arrears": ("bonus arrears", "补发拖欠奖金"),
    "interest": ("interest", "利息"),
    "loan taken": ("loan taken", "新增贷款"),
    "loan repaid": ("loan repaid", "偿还贷款"),
    "equipment": ("equipment", "设备购置"),
    "hiring": ("hiring", "招聘费用"),
    "pay subsidy": ("pay subsidy", "工资补助"),
    "public-health money": ("public-health money", "公共卫生经费"),
    "visits at home": ("visits at home", "入户走访"),
    "tests read remotely": ("tests read remotely", "远程诊断"),
    "surplus paid to staff": ("surplus paid to staff", "结余用于人员"),
    "surplus to primary": ("surplus to primary", "结余用于基层"),
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
}

_JUDGED = {
    "bed": ("a bed itself", "床位本身"),
    "bed_per_severity": ("severity", "严重度"),
    "income_slope": ("his income against the usual", "其收入与参照收入之比"),
    "stake_yuan": ("right care, by severity, yuan", "治疗得当（按严重度，元）"),
    "stake_least_yuan": ("right care, at least, yuan", "治疗得当（最低，元）"),
    "bed_burden_yuan": ("burden of a bed, yuan", "住院负担（元）"),
    "travel_burden_yuan": ("burden of the way, yuan", "路途负担（元）"),
    "transfer_loss": ("lost in the transfer", "转诊损失"),
}
"""Terms of what a doctor or a patient weighs, by a name in their source."""
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
