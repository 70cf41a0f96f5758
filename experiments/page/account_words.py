"""Words of the reconciliation in Chinese: names of accounts and lines, whole or by their parts."""

from __future__ import annotations

import re
from collections.abc import Collection

from experiments.words import Lang, word

_WORDS = {
    "balance at the end": "期末余额",
    "balance at the start": "期初余额",
    "base pay owed to doctors at the end": "期末欠发基本工资",
    "below the bills by the rule: written off": "按规则低于申报（核销）",
    "below the bills by the rule": "按规则低于申报",
    "more owed than at the start": "比期初多欠",
    "billed": "收费",
    "billed and not paid in the year": "已收费当年未支付",
    "billed to the fund": "向基金申报",
    "bonus owed to doctors at the end": "期末欠发奖金",
    "cash at the end": "期末现金",
    "cash at the start": "期初现金",
    "closes": "核对",
    "denied": "拒付",
    "paid": "已支付",
    "fund and consortia": "基金与医共体",
    "fund prepays bundle": "基金预付打包总额",
    "fund shares overspend": "基金分担超支",
    "loans at the end": "期末贷款",
    "of the balance, with the fund": "余额中在基金账上",
    "owed by payers at the end": "期末支付方所欠",
    "owed by payers at the start": "期初支付方所欠",
    "owed to suppliers at the end": "期末欠供应商",
    "paid above the bills by the rule": "按规则高于申报",
    "personal premium": "个人缴费",
    "premium subsidy": "财政补助缴费",
    "serious-illness cover": "大病保险",
    "serious-illness premium": "大病保险保费",
    "township centres": "乡镇卫生院",
    "village clinics": "村卫生室",
    "claims": "申报与支付",
    "village": "村级",
    "township": "乡级",
    "county": "县级",
    "emergency": "急诊",
    "lives elsewhere": "外出居住",
    "referred": "转诊",
    "self referred": "自行外出",
}
_FORMS = (
    (re.compile(r"^care in the county, (.+)$"), "县域内诊疗，{}"),
    (re.compile(r"^care outside the county, (.+)$"), "县外诊疗，{}"),
    (re.compile(r"^from fund to consortia: (.+)$"), "基金到医共体：{}"),
    (re.compile(r"^of the billed: (.+)$"), "收费中：{}"),
    (re.compile(r"^of what was not paid: (.+)$"), "未支付中：{}"),
    (re.compile(r"^consortium (\d+)$"), "医共体{}"),
    (re.compile(r"^(.+): claims$"), "{}：申报与支付"),
)


def account_word(name: str, lang: Lang, proper: Collection[str] = ()) -> str:
    """An account or line of the reconciliation in a reader's language.

    Parameters
    ----------
    proper
        Proper names, which stay as the county's data has them.
    """
    if lang == "en" or name in proper:
        return name
    if name in _WORDS:
        return _WORDS[name]
    for form, told in _FORMS:
        found = form.match(name)
        if found:
            return told.format(account_word(found[1], lang, proper))
    return word(name, lang)
