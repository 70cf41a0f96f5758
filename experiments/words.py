"""Readers' words, English and Chinese: of accounts and tables, and how any word is looked up.

Words for names of the model's source are in :mod:`experiments.model_words`. A name that is in
neither table is shown by the first line of its docstring, or as it stands in the source: nothing
goes untold because nobody wrote a word for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from experiments.model_words import ARGUMENTS, JUDGED, NAMES

Lang = Literal["en", "zh"]
CLASSES = (
    ("minor", "轻症"),
    ("moderate", "中等"),
    ("severe", "重症"),
    ("critical", "危重"),
    ("routine", "慢病复诊"),
)
_TOLD: dict[str, tuple[str, str]] = {
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
    "drug subsidy": ("drug subsidy", "基本药物补助"),
    "directors' salaries": ("directors' salaries", "院长年薪"),
    "public-health money": ("public-health money", "公共卫生经费"),
    "visits at home": ("visits at home", "入户走访"),
    "tests read remotely": ("tests read remotely", "远程诊断"),
    "surplus paid to staff": ("surplus paid to staff", "结余用于人员"),
    "surplus paid for referrals": ("surplus paid for referrals", "结余用于双向转诊人员"),
    "surplus buys equipment": ("surplus buys equipment", "结余用于设备"),
    "surplus pays training": ("surplus pays training", "结余用于培训"),
    "surplus pays contacts": ("surplus pays contacts", "结余用于慢病随访"),
    "surplus split among members": ("surplus split among members", "结余分给成员单位"),
    "surplus of members pooled": ("surplus of members pooled", "成员单位结余归集"),
    "pooled cash": ("pooled cash", "资金统筹调剂"),
    "surplus to primary": ("surplus to primary", "结余用于基层"),
    "posting allowances": ("posting allowances", "下派补贴"),
    "county pay at townships": ("county pay at townships", "县管乡用工资差额"),
    # a provider's accounts
    "bills": ("bills: what was billed, and whose part it is", "账单：开单金额与各方承担"),
    "claims": ("claims on those who pay for care", "医保应收"),
    "money": ("money in hand", "资金收支"),
    "loans": ("loans", "贷款"),
    "owed to suppliers": ("owed to suppliers", "应付供应商"),
    "base pay owed": ("base pay owed to doctors", "应付基本工资"),
    "bonus owed": ("bonus owed to doctors", "应付绩效奖金"),
    "its doctors": ("what its doctors received", "本机构医生所得"),
    "base pay received": ("base pay", "基本工资"),
    "bonus received": ("bonus", "绩效奖金"),
    "part of a surplus received": ("part of a surplus", "结余分配"),
    "all that they received": ("all of it, from whomever", "合计（各来源）"),
    "at the year's end": ("year's end:", "年终："),
    "people": ("people", "人"),
    "bills of visits": ("bills of visits", "门诊账单"),
    "bills of admissions": ("bills of admissions", "住院账单"),
    "part of the residents' fund": ("part of the residents' fund", "居民医保基金应付部分"),
    "owed by payers before": ("owed by payers before", "期初应收"),
    "owed by payers after": ("owed by payers after", "期末应收"),
    "of it not told": ("entered, and not told by the scheme", "支付规则未说明部分"),
    "denied": ("denied", "拒付"),
    "of it not yet due: late": ("of it not yet due", "其中未到付款期"),
    "of it kept back of this year": ("of it kept back of this year's claims", "其中本年预留"),
    "of it kept back of last year": ("of it kept back of last year's claims", "其中上年预留"),
    "of it to be cleared": ("of it to be cleared next", "其中待清算"),
    "of it less what was advanced": ("of it less what was advanced", "减：预拨"),
    "balance before": ("balance before", "期初余额"),
    "balance after": ("balance after", "期末余额"),
    "owed before": ("owed before", "期初欠款"),
    "owed after": ("owed after", "期末欠款"),
    "interest added to the loan": ("interest added to the loan", "利息转本"),
    "supplies and running costs due": ("supplies and running costs due", "应付药耗与运行费"),
    "base pay due": ("base pay due", "应发基本工资"),
    "bonus due": ("bonus due", "应发绩效奖金"),
    "doctors whom it employs": ("doctors whom it employs", "在岗医生数"),
    "closes": ("fen by which it fails to close", "不平差额（分）"),
    "opening": ("opening", "期初"),
    "closing": ("closing", "期末"),
    "memo": ("memo", "备查"),
    "check": ("check", "核对"),
    "comes in": ("in", "增"),
    "goes out": ("out", "减"),
    "role": ("role", "类别"),
    "line": ("line", "项目"),
    "points": ("points", "点"),
    "bed-days": ("bed-days", "床日"),
    "adds up": (
        "Opening, in and out lines add up to the closing line; memos stand beside.",
        "期初、增、减各行合计等于期末；备查行另列。",
    ),
    "no rule differs": ("no rule differs", "规则没有不同"),
    "policy": ("policy", "政策"),
    "reported": ("what studies report", "研究报告的方向"),
    "differs": ("policy - reference: indicator", "政策 - 对照：指标"),
    "expected": ("sign", "方向"),
    "found": ("found, 95 % interval", "模型差值（95 %区间）"),
    "verdict": ("verdict", "结论"),
    "agrees": ("agrees", "一致"),
    "not sure": ("not sure", "不能确定"),
    "a miss": ("a miss", "不符"),
    "runs side by side": (
        "{county}, {years}; {seeds} seeds; one agent stands for {weight} people. "
        "Before: {baseline}.",
        "{county}，{years}年；{seeds}个种子；一个模拟居民代表{weight}人。此前为 {baseline}。",
    ),
    "stands on": (
        "{county}: {subject}. Seed {seed}; one agent stands for {weight}.",
        "{county}：{subject}。种子{seed}；一个模拟居民代表{weight}人。",
    ),
    "results in": ("pictures, tables and scenario in {place}", "图、表和情景文件在 {place}"),
    "finished": (
        "{seeds} replicates were finished and are shown.",
        "已完成{seeds}次重复，所示为其结果。",
    ),
    "kept in": (
        "runs that were finished are in {place}; the same command goes on",
        "已完成的运行存于 {place}；再次执行同一命令即可继续",
    ),
    "no direction": (
        "no direction that studies report is between these policies; "
        "allowed: those of `yigongti schemes typical --evidence`",
        "研究报告的方向没有涉及这些政策之间的比较；"
        "可用：`yigongti schemes typical --evidence` 所列",
    ),
    "without figure": (
        "-: under {policy} there was nothing to count in some year: {names}",
        "-：{policy} 下有的年份无可计算：{names}",
    ),
    "side by side": (
        "Mean of the years with half its 95 % interval, a stock at the end. *: surely other than "
        "the first\nrow in the same seeds. Intervals hold chance only, not parameters, data or "
        "mechanisms.",
        "各年均值±95 %区间半宽，存量取期末；*：同一种子下与首行的差别确定不为零。"
        "区间只含随机性，不含参数、数据和机制的不确定。",
    ),
    "why part": ("part", "部分"),
    "why difference": ("difference", "差值"),
    "why interval": ("95 % interval", "95 %区间"),
    "why to": ("to", "至"),
    "why yes": ("yes", "是"),
    "why no": ("no", "否"),
    "why sure": ("sure", "可信"),
    "why total": ("total", "合计"),
    "why rest shapley": ("not by these channels", "不经这些渠道"),
    "why rest leave_one_out": ("remainder", "余数"),
    "why stands on": (
        "{county}, {years}: {policy} less {reference}. {seeds} seeds; one agent stands for "
        "{weight} people.",
        "{county}，{years}年：{policy}减{reference}。{seeds}个种子；一个模拟居民代表{weight}人。",
    ),
    "why shapley": (
        "Shapley shares: a channel's mean contribution over all orders in which what people "
        "perceive in it becomes\nthe policy's, no longer the reference's. Not by these channels: "
        "what is left with all five replayed, the\nmoney itself, what it buys, and direct rules. "
        "sure: the interval leaves nought out. Replayed are:",
        "沙普利值：各渠道的感知由对照改为本政策时，按所有先后次序平均的贡献。不经这些渠道：五个渠道全部"
        "回放后仍剩下的差值，即资金本身、\n其购买的人员设备和直接规定。可信：区间不含零。回放的内容：",
    ),
    "why leave_one_out": (
        "One channel at a time: what the effect loses when what people perceive in that channel "
        "alone is the reference's.\nThe remainder is what parts do not add up to: what channels "
        "do only together, the money itself, direct\nrules. sure: the interval leaves nought out. "
        "Replayed are:",
        "逐一回放：仅把该渠道的感知换成对照时，效应减少多少。余数：各部分之和与合计之差，即渠道间的共同作用、"
        "资金本身和直接规定。\n可信：区间不含零。回放的内容：",
    ),
    "all close": ("every account closes to the fen", "各账户均平到分"),
    "some do not close": ("some accounts do NOT close", "有账户不平"),
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
"""Purposes of transfers, lines of accounts, and what tables and their headings say."""
_WORDS = NAMES | _TOLD
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
        if name in JUDGED:
            return JUDGED[name][1 if lang == "zh" else 0]
    return source.replace("judgement.", "").replace("world.course.", "")


def argument_word(name: str, lang: Lang) -> str:
    """The word for an argument of a judgement."""
    known = ARGUMENTS.get(name)
    return known[1 if lang == "zh" else 0] if known else word(name, lang)


def class_word(kind: int, lang: Lang) -> str:
    """A class of need."""
    return CLASSES[kind][1 if lang == "zh" else 0]
