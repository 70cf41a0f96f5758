"""Words of the levers: label, explanation in Chinese, unit, and how far a slider goes.

Keys are places in a policy file; keys of a payment scheme stand under the scheme's name. The
English explanation is the description in the policy's own schema. A key that is not here is
shown by its name in the file.
"""

from __future__ import annotations

from experiments.page.lever_forms import COUNT, MONTHS, PERCENT, TIMES, YUAN, LeverWords
from experiments.page.part_words import PART_WORDS

LEVER_WORDS: dict[str, LeverWords] = {
    "starts_month": LeverWords(
        "Starts after", "开始时间", "基线政策先实行的月数；政策从一个医保年度开始", MONTHS, 36
    ),
    "payment.scheme": LeverWords("Payment scheme", "支付方式", "按什么规则支付给医疗机构"),
    # ------------------------------------------------------------------ bundle
    "bundle.level": LeverWords("Budget set from", "总额依据", "总额按去年支出还是按筹资确定"),
    "bundle.growth": LeverWords("Budget growth", "总额增幅", "在上年支出基础上每年增长", PERCENT),
    "bundle.outside_inside": LeverWords(
        "Care outside is inside the bundle", "县外就医纳入总额", "县外就医费用由打包总额支付"
    ),
    # --------------------------------------------------------------------- dip
    "dip.level": LeverWords("Budget set from", "总额依据", "住院总额按去年支出还是按筹资确定"),
    "dip.growth": LeverWords("Budget growth", "总额增幅", "住院总额每年增长", PERCENT),
    "dip.coefficient_village": LeverWords(
        "Village coefficient", "村级系数", "村级机构每单位权重的分值", TIMES
    ),
    "dip.coefficient_township": LeverWords(
        "Township coefficient", "乡级系数", "乡镇卫生院每单位权重的分值", TIMES
    ),
    "dip.coefficient_county": LeverWords(
        "County coefficient", "县级系数", "县级医院每单位权重的分值", TIMES
    ),
    "dip.coefficient_same_price": LeverWords(
        "Same-price groups", "同病同价系数", "基层病种（轻症）在各级机构的统一系数", TIMES
    ),
    "dip.outliers": LeverWords(
        "Outliers apart", "极端病例单列", "费用过低按实付，费用过高补付超出部分"
    ),
    "dip.outpatient_budget": LeverWords(
        "Outpatient budget", "门诊总额", "门诊基金支出也控制在去年增长后的总额内"
    ),
    # ------------------------------------------------------------ provider_cap
    "provider_cap.level": LeverWords(
        "Cap set from", "限额依据", "限额按去年实付还是按去年申报确定"
    ),
    "provider_cap.growth": LeverWords("Cap growth", "限额增幅", "限额每年增长", PERCENT),
    "provider_cap.lowest_tier": LeverWords(
        "Lowest level capped", "最低限额层级", "实行限额的最低一级机构"
    ),
    "provider_cap.beyond_paid": LeverWords(
        "Paid beyond the cap", "超限补付", "超出限额部分年后补付的份额", PERCENT
    ),
    # -------------------------------------------------------------- settlement
    "settlement.advance_months": LeverWords(
        "Advance", "预拨", "一月预拨去年若干个月的支付额，十二月收回", MONTHS
    ),
    "settlement.denial_share": LeverWords(
        "Denied claims", "拒付比例", "申报额中被拒付的份额", PERCENT
    ),
    "settlement.retention": LeverWords("Retention", "预留比例", "清算前扣留的份额", PERCENT),
    "settlement.retention_returned": LeverWords(
        "Retention returned", "预留返还", "清算时返还的预留份额", PERCENT
    ),
    "settlement.late_months": LeverWords("Paid late", "支付延迟", "申报到支付的月数", MONTHS),
    "settlement.clearing_month": LeverWords("Clearing month", "清算月份", "次年清算的月份", COUNT),
    # --------------------------------------------------------------------- pay
    "pay.bonus_on": LeverWords("Bonus follows", "奖金依据", "奖金按收入还是按收支结余提取"),
    "pay.bonus_share": LeverWords("Bonus share", "奖金比例", "其中归医生的份额", PERCENT),
    "pay.balance_share": LeverWords(
        "Share of the balance", "结余奖比例", "收支结余中另外发给医生的份额", PERCENT
    ),
    "pay.primary_factor": LeverWords(
        "Bonus at the base", "基层奖金系数", "村、乡两级奖金的倍数，其绩效可能受限", TIMES
    ),
    "pay.workload_yuan_per_visit": LeverWords(
        "Bonus a visit", "每诊次奖金", "每次门诊的奖金，与收费无关", YUAN, 50
    ),
    "pay.workload_yuan_per_bed_day": LeverWords(
        "Bonus a bed-day", "每床日奖金", "每个床日的奖金，与收费无关", YUAN, 100
    ),
    "pay.scale": LeverWords("Base pay", "基本工资", "按各自合同，或各级统一按职称"),
    "pay.performance_share": LeverWords(
        "Performance part", "绩效部分", "统一薪级中按工作量分配的份额", PERCENT
    ),
    "pay.scale_paid_by": LeverWords(
        "Scale paid by", "薪级由谁负担", "统一薪级高出合同的部分由谁支付"
    ),
    "pay.bonus_factor_most": LeverWords(
        "Management may change the bonus",
        "管理者调整奖金",
        "管理者至多把奖金乘以或除以的倍数；1为不可调",
        TIMES,
    ),
    # -------------------------------------------------------------- government
    "government.public_health_yuan_per_head": LeverWords(
        "Public-health money", "公共卫生经费", "每位居民每年，现有补助之外", YUAN, 150
    ),
    "government.public_health_village_share": LeverWords(
        "Of it to villages", "其中给村级", "其中给村卫生室的份额，其余给卫生院", PERCENT
    ),
    # ---------------------------------------------------------------- benefits
    "benefits.outpatient_cap_yuan": LeverWords(
        "Outpatient ceiling", "门诊封顶线", "基金每年为一人支付普通门诊的最高额", YUAN, 3000
    ),
    "benefits.chronic_cap_yuan": LeverWords(
        "Chronic-list ceiling", "慢特病封顶线", "慢特病门诊的年最高支付额", YUAN, 10000
    ),
    "benefits.ceiling_yuan": LeverWords(
        "Inpatient ceiling", "住院封顶线", "住院的年最高支付额", YUAN, 300000
    ),
    "benefits.serious_deductible_yuan": LeverWords(
        "Serious-illness threshold", "大病起付线", "自付超过此额后由大病保险支付", YUAN, 30000
    ),
    "benefits.serious_ratio": LeverWords(
        "Serious-illness ratio", "大病支付比例", "大病保险对超出部分的支付比例", PERCENT
    ),
    "benefits.aid_ratio": LeverWords(
        "Medical-aid ratio", "救助比例", "医疗救助对剩余部分的支付比例", PERCENT
    ),
    "benefits.change.in_county.township.inpatient_ratio": LeverWords(
        "Inpatient ratio, township", "乡级住院比例调整", "在县域内乡镇住院的报销比例上增减", PERCENT
    ),
    "benefits.change.in_county.county.inpatient_ratio": LeverWords(
        "Inpatient ratio, county", "县级住院比例调整", "在县级医院住院的报销比例上增减", PERCENT
    ),
    "benefits.change.referred.any.inpatient_ratio": LeverWords(
        "Inpatient ratio outside, referred",
        "县外转诊住院比例调整",
        "经转诊在县外住院的报销比例增减",
        PERCENT,
    ),
    "benefits.change.self_referred.any.inpatient_ratio": LeverWords(
        "Inpatient ratio outside, self-referred",
        "县外自行住院比例调整",
        "未经转诊在县外住院的报销比例增减",
        PERCENT,
    ),
    "benefits.change.in_county.any.outpatient_ratio": LeverWords(
        "Outpatient ratio in the county", "县内门诊比例调整", "县域内门诊报销比例增减", PERCENT
    ),
    # ------------------------------------------------------------ care at base
    "care_at_base.drugs_share_village": LeverWords(
        "Drugs in village clinics", "村卫生室备药", "所需药品的备有比例", PERCENT
    ),
    "care_at_base.drugs_share_township": LeverWords(
        "Drugs in township centres", "卫生院备药", "所需药品的备有比例", PERCENT
    ),
    "care_at_base.outreach_per_year.hypertension": LeverWords(
        "Outreach, hypertension", "高血压随访", "每年主动联系已知患者并提供管理的次数", COUNT, 6
    ),
    "care_at_base.outreach_per_year.diabetes": LeverWords(
        "Outreach, diabetes", "糖尿病随访", "每年主动联系已知患者并提供管理的次数", COUNT, 6
    ),
    "care_at_base.outreach_per_year.copd": LeverWords(
        "Outreach, chronic lung disease",
        "慢阻肺随访",
        "每年主动联系已知患者并提供管理的次数",
        COUNT,
        6,
    ),
    "care_at_base.outreach_per_year.coronary": LeverWords(
        "Outreach, coronary disease", "冠心病随访", "每年主动联系已知患者并提供管理的次数", COUNT, 6
    ),
    "care_at_base.outreach_per_year.stroke": LeverWords(
        "Outreach, stroke", "脑卒中随访", "每年主动联系已知患者并提供管理的次数", COUNT, 6
    ),
    "care_at_base.outreach_yuan_per_contact": LeverWords(
        "Cost of a contact", "每次随访成本", "一次联系花费机构多少", YUAN, 100
    ),
    # ------------------------------------------------------------------- staff
    "staff.postings.county.township.doctors_per_place": LeverWords(
        "County doctors at each township",
        "县医生下乡",
        "县级医院轮流派驻每个卫生院的医生人数",
        COUNT,
        5,
    ),
    "staff.postings.city.county.doctors_per_place": LeverWords(
        "City doctors at each county hospital",
        "市医生下派",
        "市级医院轮流派驻每家县级医院的医生人数",
        COUNT,
        10,
    ),
    "staff.moves_up": LeverWords(
        "Moves upwards", "向上流动", "停止：招在基层的人员留在基层（县聘乡用）"
    ),
    "staff.county_pay_share": LeverWords(
        "Pay gap closed",
        "补足工资差距",
        "由政府补足乡镇医生与县级同职称基本工资差距的份额",
        PERCENT,
    ),
    "staff.remote_reading": LeverWords(
        "Remote reading", "远程诊断", "卫生院需检查的病例中由县级中心出报告的份额", PERCENT
    ),
    "staff.yuan_per_reading": LeverWords(
        "Price of a reading", "远程诊断单价", "中心出一份报告的费用", YUAN, 100
    ),
    "staff.home_visits_per_year": LeverWords(
        "Home visits", "入户随访", "每年入户走访已签约且知晓患慢病的居民的次数", COUNT, 12
    ),
    "staff.yuan_per_home_visit": LeverWords(
        "Cost of a home visit", "入户成本", "除工时外诊所为一次入户支付的费用", YUAN, 60
    ),
    # ------------------------------------------------------------------- audit
    "audit.examined_share": LeverWords(
        "Records examined", "抽查比例", "虚假记录被抽查的概率", PERCENT
    ),
    "audit.shows_share": LeverWords("Examination shows", "查实比例", "被抽查后查实的概率", PERCENT),
    "audit.fine_multiple": LeverWords("Fine", "罚款倍数", "除退回所得外，罚款为所得的倍数", TIMES),
}


def words_for(key: str) -> LeverWords | None:
    """Words of a key: its own, else those of its last part, which schemes have in common."""
    own = LEVER_WORDS.get(key) or PART_WORDS.get(key)
    *_, part, last = ("", *key.split("."))
    return own or COMMON_WORDS.get(f"{part}.{last}") or COMMON_WORDS.get(last)


COMMON_WORDS: dict[str, LeverWords] = {
    "level": LeverWords("Budget set from", "总额依据", "总额按什么确定"),
    "history": LeverWords("Last year's spending is", "上年支出口径", "按本规则实付，还是按申报的基金部分"),
    "growth": LeverWords("Growth", "增幅", "在依据之上每年增长", PERCENT),
    "divided_by": LeverWords("Divided by", "分配依据", "县总额在医共体之间按历史、人头或校正人头分配"),
    "own_payments_inside": LeverWords("Own payments inside", "自付纳入总额", "患者自付及其他保障支付也计入总额"),
    "outside_inside": LeverWords("Care outside is inside", "县外就医纳入", "县外就医费用由总额支付"),
    "reserve": LeverWords("Reserve", "预留", "总额中由基金保留的份额", PERCENT),
    "surplus_kept": LeverWords("Surplus kept", "结余留用比例", "结余中留用的份额", PERCENT),
    "overspend_paid": LeverWords("Overspend paid", "超支补付", "超出部分由基金支付的份额", PERCENT),
    "lowest_tier": LeverWords("Lowest level", "最低层级", "实行总额的最低一级机构"),
    "coefficient_village": LeverWords("Village coefficient", "村级系数", "每单位权重的分值", TIMES),
    "coefficient_township": LeverWords("Township coefficient", "乡级系数", "每单位权重的分值", TIMES),
    "coefficient_county": LeverWords("County coefficient", "县级系数", "每单位权重的分值", TIMES),
    "coefficient_same_price": LeverWords("Same-price groups", "同病同价系数", "基层病种在各级机构的统一系数", TIMES),
    "coefficients_by": LeverWords("Coefficients by", "系数依据", "按层级系数，或按各机构自身成本"),
    "outliers": LeverWords("Outliers apart", "极端病例单列", "费用过低按实付，费用过高补付超出部分"),
    "by_treatment": LeverWords("Grouped by treatment", "按治疗方式分组", "除病因和严重度外，也按所做治疗分组"),
    "outpatient_budget": LeverWords("Outpatient budget", "门诊总额", "门诊基金支出也控制在去年增长后的总额内"),
    "overrun": LeverWords("Overrun borne by", "超出由谁承担", "病例应付超出总额时由基金还是机构承担"),
    "later_share": LeverWords("Price of later days", "后段床日价", "第一段之后的床日价占第一段的份额", PERCENT),
    "last_share": LeverWords("Price of last days", "末段床日价", "第二段之后的床日价占第一段的份额", PERCENT),
    "yuan_per_head": LeverWords("Yuan a head", "人头费", "每人每年；0为按上年基金所付增长", YUAN, 3000),
    "for_control": LeverWords("Paid for control", "控制达标部分", "其中只为控制达标者支付的份额", PERCENT),
    "yuan_per_bed_day.village": LeverWords("Day at a clinic", "村级床日价", "第一段床日价；0为按上年床日费用", YUAN, 1000),
    "yuan_per_bed_day.township": LeverWords("Day at a township centre", "乡级床日价", "第一段床日价；0为按上年床日费用", YUAN, 1000),
    "yuan_per_bed_day.county": LeverWords("Day at a county hospital", "县级床日价", "第一段床日价；0为按上年床日费用", YUAN, 3000),
    "answers": LeverWords("Who answers", "责任机构", "由谁对管理的患者负责"),
}  # fmt: skip
"""Words of keys that several payment schemes have, by the last part of the key or the last two."""

CHOICE_WORDS: dict[str, tuple[str, str]] = {
    "last_year_spending": ("last year's spending", "上年支出"),
    "financing": ("this year's financing", "当年筹资"),
    "last_year_paid": ("paid last year", "上年实付"),
    "last_year_billed": ("billed last year", "上年申报"),
    "village": ("village", "村级"),
    "township": ("township", "乡级"),
    "county": ("county", "县级"),
    "revenue": ("revenue", "业务收入"),
    "balance": ("balance", "收支结余"),
    "nothing": ("nothing", "不发"),
    "contract": ("by contract", "按合同"),
    "one_scale": ("one scale", "统一薪级"),
    "employer": ("employer", "用人单位"),
    "government": ("government", "政府"),
    "free": ("free", "自由"),
    "stopped": ("stopped", "停止"),
    "bundle": ("bundle", "打包付费"),
    "dip": ("DIP points", "病种分值（DIP）"),
    "fee_for_service": ("fee for service", "按项目付费"),
    "provider_cap": ("provider cap", "机构总额封顶"),
    "global_budget": ("global budget", "机构总额预算"),
    "drg": ("DRG", "按疾病诊断相关分组（DRG）"),
    "per_diem": ("per diem", "按床日付费"),
    "chronic_capitation": ("capitation, chronic care", "慢病按人头付费"),
    "episode_90": ("90-day episode", "90天疗程付费"),
    "composition": ("composed", "组合支付"),
    "financing_growth": ("financing's growth", "筹资增幅"),
    "spending_trend": ("spending's trend", "支出趋势"),
    "as_level": ("as the level", "随总额依据"),
    "heads": ("heads", "人头"),
    "adjusted_heads": ("adjusted heads", "校正人头"),
    "history": ("history", "历史支出"),
    "paid": ("paid", "实付"),
    "billed": ("billed", "申报"),
    "tier": ("level", "层级"),
    "hospital": ("each hospital", "各医院"),
    "fund": ("fund", "基金"),
    "correction": ("correction", "校正系数"),
    "common": ("common reserve", "共同储备"),
    "one": ("one", "一个"),
    "several": ("several", "多个"),
    "saved": ("who saved", "节省者"),
    "work": ("work", "工作量"),
    "billing": ("billing", "开单"),
    "minutes": ("minutes", "分钟"),
    "points": ("points", "点数"),
    "cases": ("cases", "病例"),
    "employed": ("employed", "聘用"),
    "own_account": ("own account", "自负盈亏"),
}
"""Words of a policy file that stand for a choice."""
