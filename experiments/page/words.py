"""Every word of the page in both languages: one catalogue, and nothing said outside it.

Words of levers stand in :mod:`experiments.page.lever_words`, of indicators with the indicator,
of traces in :mod:`experiments.words`.
"""

from __future__ import annotations

from experiments.group_words import GROUP_WORDS
from experiments.words import Lang

WORDS: dict[str, tuple[str, str]] = {
    **GROUP_WORDS,
    # top
    "title": ("yigongti", "医共体推演"),
    "subtitle": (
        "If the county paid its consortium another way",
        "如果换一种方式给医共体付费",
    ),
    "county": ("County", "县"),
    "years": ("Years", "年数"),
    "language": ("中文", "English"),
    "language.hint": ("Show the page in Chinese", "用英文显示本页"),
    "undo": ("Undo", "撤销"),
    "redo": ("Redo", "重做"),
    "reset": ("Reset", "重置"),
    "link": ("Link", "链接"),
    "link.hint": ("A link that restores what you see", "可恢复当前页面的链接"),
    "link.copied": ("Copied", "已复制"),
    "skip": ("Skip to the results", "跳到结果"),
    # scenarios and levers
    "scenarios": ("Scenarios", "情景"),
    "scenario": ("Scenario {letter}", "情景{letter}"),
    "baseline": ("Baseline", "基线"),
    "baseline.is": ("Baseline: {title}", "基线：{title}"),
    "add": ("Add", "增加"),
    "add.hint": ("One more scenario, a copy of this one", "复制当前情景"),
    "remove": ("Remove", "删除"),
    "preset": ("Start from a preset", "从预设政策开始"),
    "levers": ("Levers", "政策杠杆"),
    "changed.count": ("{n} changed", "已改动{n}项"),
    "back": ("Back to the preset", "恢复预设值"),
    "own": ("the county's own", "本县现行值"),
    "group.payment": ("Payment", "支付方式"),
    "group.surplus": ("Surplus and overspend", "结余与超支"),
    "group.goals": ("Targets and quality", "考核目标与质量"),
    "group.pay": ("Staff pay", "薪酬分配"),
    "group.benefits": ("Benefits", "医保待遇"),
    "group.base": ("Capacity and people", "能力与人员"),
    "group.audit": ("Audit", "监管稽核"),
    "group.start": ("When it starts", "何时开始"),
    "unit.percent": ("%", "%"),
    "unit.yuan": ("yuan", "元"),
    "unit.months": ("months", "个月"),
    "unit.times": ("times", "倍"),
    "unit.count": ("", ""),
    "unit.": ("", ""),
    # status
    "status.running": ("Running {percent} %", "运行中 {percent} %"),
    "status.quick": (
        "Quick answer: {seeds} runs of a small county (one agent for {weight} people)",
        "快速结果：小样本县运行{seeds}次（一个模拟居民代表{weight}人）",
    ),
    "status.full": (
        "Full county: {seeds} runs, everybody is an agent",
        "全县结果：运行{seeds}次，每位居民都是一个模拟居民",
    ),
    "status.full.running": ("Full county: {percent} %", "全县运行：{percent} %"),
    "full": ("Run the full county", "运行全县"),
    "cancel": ("Cancel", "取消"),
    "quick.back": ("Show the quick answer", "看快速结果"),
    "full.show": ("Show the full county", "看全县结果"),
    "fault": ("No answer: {why}", "无结果：{why}"),
    "faults": ("Could not be used: {why}", "无法使用：{why}"),
    "stands": ("{county}: {label}.", "{county}：{label}。"),
    # tabs
    "tab.answer": ("Answer", "结果"),
    "tab.map": ("See it happen", "动态地图"),
    "tab.flows": ("Who goes where", "病人流向"),
    "tab.money": ("Accounts", "收支账目"),
    "tab.people": ("Who gains, who loses", "谁受益谁受损"),
    "tab.why": ("Why", "为什么"),
    "tab.closer": ("Look closer", "看个体"),
    # answer
    "sure": ("sure", "可信"),
    "unsure": ("not sure", "不确定"),
    "change": ("Change", "变化"),
    "interval": ("95 % interval", "95%区间"),
    "mean.of": ("mean of {period}", "{period}均值"),
    "at.end": ("end of {year}", "{year}年末"),
    "starts": ("policy starts", "政策起始"),
    "answer.foot": (
        "Lines: mean of the runs; bands: their 95 % interval. The change is the paired difference "
        "with common random numbers; sure: its 95 % interval leaves nought out. Intervals show "
        "chance alone, not what is uncertain in parameters and data.",
        "线为多次运行的均值，带为95%区间。变化为共同随机数下的配对差，可信指其95%区间不含零。区间只说明"
        "随机性，不含参数和数据的不确定。",
    ),
    "panel.alt": (
        "{title}: baseline {reference} {unit}; {rows}",
        "{title}：基线{reference}{unit}；{rows}",
    ),
    "download.scenario": ("Scenario file", "情景文件"),
    "download.tables": ("Tables", "数据表"),
    "download.picture": ("Picture", "图片"),
    # warnings
    "warnings": ("Warnings", "警示"),
    "warnings.none": (
        "No warning: care is not surely withheld, refused or invented more than "
        "under the baseline.",
        "无警示：与基线相比，未见推诿、拒收或虚构诊疗明显增加。",
    ),
    "warn.withheld": ("Care is withheld", "有诊疗被推诿"),
    "warn.refused": ("People are refused", "有病人被拒收"),
    "warn.invented": ("Records are invented", "有虚假记录"),
    "warn.line": ("{what}: {before} → {after}{unit}", "{what}：{before} → {after}{unit}"),
    "warn.who": ("Where it happens most; click to look:", "最多发生在以下机构，点击查看："),
    # map
    "map.patients": ("Patients", "病人"),
    "map.money": ("Money by purse", "资金去向"),
    "map.receipts": ("Money by provider", "机构收支"),
    "map.thousand": ("thousand yuan a month", "千元/月"),
    "map.look": ("Look closer at", "查看机构"),
    "till.insurance": ("from insurance", "医保支付"),
    "till.patients": ("from patients", "患者自付"),
    "till.government": ("from government", "政府补助"),
    "till.staff": ("to staff", "人员支出"),
    "till.suppliers": ("to suppliers", "药耗等支出"),
    "map.doctors": ("Doctors", "医生"),
    "map.show": ("Show", "显示"),
    "play": ("Play", "播放"),
    "pause": ("Pause", "暂停"),
    "step": ("Step", "单步"),
    "rewind": ("To the start", "回到开头"),
    "speed": ("Speed", "速度"),
    "month": ("Month", "月份"),
    "month.of": ("{year}, month {month}", "{year}年{month}月"),
    "map.foot": (
        "Providers stand where travel times put them; those outside the county at its edge. "
        "Circles: visits; colour: load of doctors' time. Lines: people who went from a township to "
        "a hospital.",
        "机构位置由交通时间推算，县外机构置于边缘。圆的大小为诊疗人次，颜色为医生工时负荷；线为各乡镇前往"
        "医院的人数。",
    ),
    "map.foot.doctors": (
        "Circles: doctors who work there; colour: change since the first month.",
        "圆的大小为在岗医生数，颜色为与首月相比的变化。",
    ),
    "map.foot.receipts": (
        "Circles: money that came in, mean of the last three months; colour: the part of it that "
        "is left after staff and suppliers.",
        "圆的大小为近三个月平均收入，颜色为扣除人员和药耗等支出后所余的份额。",
    ),
    "map.foot.money": (
        "Money that moved, mean of the last three months, million yuan a month.",
        "资金流动，近三个月平均，百万元/月。",
    ),
    "map.load": ("load", "负荷"),
    "map.visits": ("visits", "诊疗人次"),
    "map.went": ("people", "人"),
    "map.minutes": ("minutes away", "分钟路程"),
    "map.click": ("Click a circle to look closer.", "点击圆圈查看该机构。"),
    "map.low": ("low", "低"),
    "map.high": ("high", "高"),
    "million": ("million yuan", "百万元"),
    "purse.fund": ("Fund", "医保基金"),
    "purse.serious_cover": ("Serious-illness cover", "大病保险"),
    "purse.employee_fund": ("Employees' fund", "职工医保"),
    "purse.households": ("Households", "居民"),
    "purse.government": ("Government", "政府"),
    "purse.staff": ("Staff", "人员"),
    "purse.suppliers": ("Suppliers", "供应商"),
    "purse.bank": ("Bank", "银行"),
    "purse.consortia": ("Consortia", "医共体"),
    "purse.village": ("Village clinics", "村卫生室"),
    "purse.township": ("Township centres", "乡镇卫生院"),
    "purse.county": ("County hospitals", "县级医院"),
    "purse.outside": ("Providers outside", "县外机构"),
    # flows
    "flows.year": ("Year", "年份"),
    "flows.foot": (
        "Episodes of the year that ended with care: where people live (near to far from the county "
        "hospital), the level that treated them, and whether it ended in a bed.",
        "该年得到诊疗的病例：居住地（距县医院远近）、接诊机构层级、是否住院。",
    ),
    "band.elsewhere": ("live elsewhere", "外出居住"),
    "level.0": ("village clinics", "村卫生室"),
    "level.1": ("township centres", "乡镇卫生院"),
    "level.2": ("county hospitals", "县级医院"),
    "level.3": ("city hospitals", "市级医院"),
    "level.4": ("provincial hospitals", "省级医院"),
    "end.visit": ("visits only", "仅门诊"),
    "end.bed": ("admitted", "住院"),
    "siphon": ("The siphon", "虹吸"),
    "siphon.number": (
        "Admissions outside the county per 1,000 insured, by kind",
        "每千参保人县外住院人次，按类型",
    ),
    "siphon.foot": (
        "Who is outside is not all siphon: people who live elsewhere, emergencies, and referrals "
        "of what the county cannot treat have other reasons.",
        "县外就医并不都是虹吸：外出居住者、急诊，以及本县治不了而转出的，另有原因。",
    ),
    "kind": ("Kind", "类型"),
    # accounts
    "accounts.of": ("Account", "账户"),
    "accounts.line": ("Line", "项目"),
    "accounts.foot": (
        "Seed 1. Opening, in and out add up to closing; the check line is what is left over.",
        "随机种子1。期初加收入减支出等于期末；核对行为差额。",
    ),
    "accounts.closes": ("closes to the fen", "分厘不差"),
    "accounts.open": ("does not close", "未平"),
    "role.opening": ("opening", "期初"),
    "role.in": ("in", "收入"),
    "role.out": ("out", "支出"),
    "role.closing": ("closing", "期末"),
    "role.memo": ("memo", "备注"),
    "role.check": ("check", "核对"),
    "loading": ("Loading", "载入中"),
    # people
    "people.foot": (
        "Scenario {letter} less baseline, mean of the policy's years; a year's visits, payments "
        "and admissions are those of people as they stand at its end. Grey: not sure.",
        "情景{letter}减基线，政策各年均值；按年末所属人群统计全年。灰色为不确定。",
    ),
    "gains": ("better", "改善"),
    "loses": ("worse", "变差"),
    # why
    "why.of": ("Change of", "变化指标"),
    "why.change": (
        "Scenario {letter} less baseline, over the policy's years, by the channel that it acts "
        "through",
        "情景{letter}减基线（政策各年），按作用渠道分解",
    ),
    "why.column.part": ("Channel", "渠道"),
    "why.column.bar": ("Part and 95 % interval", "分量与95%区间"),
    "why.column.change": ("Change", "变化"),
    "why.bars.leave_one_out": (
        "At once: one channel replayed at a time, {seeds} runs.",
        "即时结果：逐一回放渠道，运行{seeds}次。",
    ),
    "why.bars.shapley": ("Shapley shares, {seeds} runs.", "沙普利值，运行{seeds}次。"),
    "why.coming": (
        "Shapley shares are on their way: {percent} %",
        "沙普利值计算中：{percent} %",
    ),
    "why.none": ("none", "无"),
    "why.total": ("All of it", "合计"),
    "why.rest.shapley": ("Not by these channels", "不经这些渠道"),
    "why.rest.quick": ("Remainder", "余数"),
    "why.rest.how": (
        "the money itself, what it buys, and direct rules",
        "资金本身、其购买的人员设备和直接规定",
    ),
    "why.rest.how.quick": (
        "what parts do not add up to: what channels do only together, the money itself, what it "
        "buys, and direct rules",
        "各部分之和与合计之差：渠道间的共同作用、资金本身、其购买的人员设备和直接规定",
    ),
    "why.foot.leave_one_out": (
        "A channel's part is what the change loses when people perceive in that channel what they "
        "perceive under the baseline, in the same month of the same seed, while all else and "
        "all money follow the scenario. Lines: 95 % interval, cut at the edge.",
        "某渠道的分量，是居民和医生在该渠道的感知换成同一种子、同一月份基线下的感知时，变化减少的部分；其余"
        "感知和全部资金仍按情景运行。线为95%区间，超出边缘处截断；只有两次运行时区间很宽。",
    ),
    "why.foot.shapley": (
        "A channel's share is its mean contribution over all orders in which what people perceive "
        "becomes the scenario's, no longer the baseline's; the shares and what is left add up to "
        "the change. Lines: 95 % interval over the runs, cut at the edge: chance alone.",
        "某渠道的份额，是感知由基线改为情景时，按所有先后次序平均的贡献；各份额与剩余部分之和等于变化。"
        "线为各次运行的95%区间，超出边缘处截断，只反映随机性。",
    ),
    # closer
    "closer.provider": ("Provider", "机构"),
    "closer.doctor": ("Doctor", "医生"),
    "closer.under": ("Under", "在何政策下"),
    "closer.find": ("Find a patient", "找一位病人"),
    "find.severe": ("severely ill, in bed", "重症住院"),
    "find.chronic": ("several chronic conditions", "多种慢病"),
    "find.outside": ("treated outside the county", "县外就医"),
    "closer.choose": ("Choose a provider, a doctor or a patient.", "请选择机构、医生或病人。"),
    "closer.staff": ("Staff", "人员"),
    "closer.doctor.line": (
        "Doctor {row}, {title}, age {age}",
        "医生{row}，{title}，{age}岁",
    ),
    "closer.income": ("income, yuan a year", "年收入（元）"),
    "closer.owed": ("owed, yuan", "被拖欠（元）"),
    "closer.altruism": ("altruism", "利他度"),
    "closer.proved": ("Proved: the run wrote the same rows.", "已核对：与运行结果逐位一致。"),
    "closer.unproved": ("NOT PROVED: the run wrote other rows.", "未通过核对：与运行结果不一致。"),
    "closer.stands": (
        "{county}, seed {seed}, one agent for {weight} people",
        "{county}，随机种子{seed}，一个模拟居民代表{weight}人",
    ),
    "closer.more": (
        "{n} more in the queue of month {month}, not shown",
        "第{month}月另有{n}人未列出",
    ),
    "closer.cash": ("Cash, million yuan", "现金（百万元）"),
    "closer.bed.load": ("beds", "床位"),
    "closer.minutes.load": ("doctors' time", "医生工时"),
    "closer.wait": ("wait, days", "等候（天）"),
    "closer.what": ("What", "内容"),
    "closer.value": ("Value", "数值"),
    "closer.month": ("Month {month}", "第{month}月"),
    "title.village_doctor": ("village doctor", "乡村医生"),
    "title.assistant_physician": ("assistant physician", "助理医师"),
    "title.physician": ("physician", "住院医师"),
    "title.attending": ("attending", "主治医师"),
    "title.associate_chief": ("associate chief", "副主任医师"),
    "title.chief": ("chief", "主任医师"),
}
"""By key: English, Chinese. Braces are filled in."""


def tell(key: str, lang: Lang, **values: object) -> str:
    """A word of the page.

    Raises
    ------
    KeyError
        If nobody wrote it, which a test finds.
    """
    text = WORDS[key][1 if lang == "zh" else 0]
    return text.format(**values) if values else text


def of_both(english: str, chinese: str, lang: Lang) -> str:
    """One of two texts that stand elsewhere in both languages."""
    return chinese if lang == "zh" and chinese else english
