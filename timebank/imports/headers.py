"""The names under which registers call their columns.

Each field lists its names in order of preference: where a register has both 手机号 and 电话, the
mobile number is meant. Names are compared by :func:`normalised`, so width, case, spaces, line breaks,
asterisks and hints in brackets do not matter.
"""

import re
import unicodedata
from dataclasses import dataclass

from timebank.imports.cells import Cell, shown

_BRACKETS = re.compile(r"[(\[{【〔〈《][^)\]}】〕〉》]*[)\]}】〕〉》]")
_ORNAMENTS = re.compile(r"[\s*★☆※▲●:;,.、/\\|_\-–—·?!'\"#]+")
_NUMBERING = re.compile(r"^\d+(?=\D)")
_MINUTES_HINT = re.compile(r"分钟|minute|\bmin\b", re.IGNORECASE)


@dataclass(frozen=True)
class Field:
    """One column that a register may have. ``needed`` columns must be in the file."""

    code: str
    names: tuple[str, ...]
    needed: bool = False


@dataclass(frozen=True)
class Register:
    """A kind of file. Of the fields in ``one_of``, at least one column must be there."""

    code: str
    fields: tuple[Field, ...]
    one_of: tuple[str, ...] = ()


def normalised(header: Cell) -> str:
    """A header's name without its dress: 「＊手机号\\n（必填）」 becomes 手机号."""
    plain = unicodedata.normalize("NFKC", shown(header)).casefold()
    bare = _ORNAMENTS.sub("", _BRACKETS.sub("", plain))
    # A header that is wholly in brackets, such as （单位）, keeps its words.
    return _NUMBERING.sub("", bare) or _ORNAMENTS.sub("", plain).strip("()[]{}【】")


def spellings(header: Cell) -> frozenset[str]:
    """The names that a header may mean: without its hint in brackets, and with it, as in 活动时间（起）."""
    opened = _ORNAMENTS.sub("", unicodedata.normalize("NFKC", shown(header)).casefold())
    return frozenset((normalised(header), re.sub(r"[()\[\]{}【】〔〕〈〉《》]", "", opened)))


def counts_minutes(header: str) -> bool:
    """Whether bare numbers under this header are minutes, as in 服务时长（分钟）."""
    return bool(_MINUTES_HINT.search(unicodedata.normalize("NFKC", header)))


def _names(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_NAME = _names(
    "姓名 志愿者姓名 志愿者名称 志愿者 队员姓名 会员姓名 成员姓名 人员姓名 名字 name fullname "
    "真实姓名 volunteername volunteer membername member"
)
_PHONE = _names(
    "手机号 手机号码 手机 移动电话 志愿者手机号 志愿者手机号码 本人手机号 本人手机号码 联系手机 "
    "联系手机号 联系手机号码 联系电话 联系电话号码 志愿者电话 志愿者联系电话 本人电话 电话 "
    "电话号码 联系方式 联系号码 手机电话 电话手机 电话号 本人联系电话 注册手机号 注册手机 志愿者手机 mobile mobilephone mobilenumber mobileno cellphone phone "
    "phonenumber phoneno telephone tel contact"
)
_IDENTITY = _names(
    "身份证号 身份证号码 居民身份证号 居民身份证号码 公民身份号码 公民身份证号码 身份号码 身份证 "
    "身份证件号码 身份证件号 志愿者身份证号 志愿者身份证号码 本人身份证号 本人身份证号码 证件号码 "
    "证件号 有效证件号码 有效证件号 二代身份证号 二代身份证号码 身份证证件号 idnumber idno idcard idcardnumber idcardno identitynumber identityno identity "
    "identitycard nationalid citizenid"
)
_TEAM = _names(
    "所属服务队 服务队 服务队名称 志愿服务队 志愿服务队名称 所属志愿服务队 所在服务队 服务队伍 "
    "所属队伍 队伍 队伍名称 志愿服务队伍 所属志愿队 志愿队 所属志愿者队伍 志愿者队伍 所属团队 "
    "团队 团队名称 所属组织 组织 组织名称 组织机构 所属机构 机构 所属站点 所属实践站 所属单位 "
    "所在组织 所在队伍 所在单位 所属服务队名称 所属志愿服务队名称 所在志愿服务队 所属志愿服务队伍 "
    "所在志愿服务队伍 所属志愿服务组织 所在志愿服务组织 志愿服务组织 志愿服务组织名称 所属服务组织 "
    "服务组织 服务组织名称 服务团队 服务队全称 所在志愿队 所属志愿组织 志愿组织 加入队伍 加入组织 "
    "加入服务队 队别 所属阵地 所属实践所 单位 单位名称 organisation organization team teamname serviceteam "
    "group unit"
)

_IDENTITY_WORDS = _names(
    "身份证号 身份证号码 居民身份证号 居民身份证号码 公民身份号码 身份证 证件号 证件号码"
)
_PHONE_WORDS = _names("手机号 手机号码 手机 联系电话 电话 电话号码 联系方式")
# One column for either: 身份证号或手机号, 手机号/身份证号, 志愿者身份证或电话.
_IDENTITY_OR_PHONE = tuple(
    f"{whose}{first}{between}{second}"
    for identity in _IDENTITY_WORDS
    for phone in _PHONE_WORDS
    for first, second in ((identity, phone), (phone, identity))
    for between in ("或", "", "或者")
    for whose in ("", "志愿者", "本人")
)

ORGANISATION_FIELDS: tuple[Field, ...] = (
    Field(
        "name",
        _names(
            "名称 组织名称 机构名称 单位名称 服务队名称 队伍名称 团队名称 站点名称 阵地名称 组织机构名称 "
            "组织全称 机构全称 单位全称 服务队全称 志愿服务组织名称 志愿服务组织 服务组织名称 实践阵地名称 "
            "实践阵地 站所名称 所站名称 点位名称 全称 组织 机构 单位 name organisation organization "
            "organisationname organizationname"
        ),
        needed=True,
    ),
    Field(
        "parent",
        _names(
            "上级 上级名称 上级组织 上级组织名称 上级单位 上级单位名称 上级机构 上级机构名称 所属上级 "
            "直属上级 直接上级 上级主管单位 上级部门 上级阵地 上级实践阵地 上级服务队 所属上级单位 所属上级组织 "
            "所属上级机构 上一级 上一级组织 上一级单位 父级 父级组织 隶属 隶属单位 隶属组织 隶属关系 主管单位 "
            "主管部门 所属单位 所属组织 所属机构 所属中心 归属单位 归属组织 归属 parent parentname "
            "parentorganisation parentorganization parentunit superior belongsto"
        ),
        needed=True,
    ),
    Field(
        "kind",
        _names(
            "类型 组织类型 机构类型 单位类型 类别 组织类别 机构类别 级别 组织级别 层级 等级 性质 type "
            "kind level category"
        ),
    ),
)

MEMBER_FIELDS: tuple[Field, ...] = (
    Field("name", _NAME, needed=True),
    Field("phone", _PHONE, needed=True),
    Field("identity", _IDENTITY, needed=True),
    Field("sex", _names("性别 sex gender")),
    Field(
        "born_on",
        _names("出生日期 出生年月日 生日 出生年月 出生时间 birthdate dateofbirth birthday dob born bornon"),
    ),
    Field("organisation", _TEAM, needed=True),
    Field(
        "skills",
        _names(
            "特长 技能 技能特长 专业特长 个人特长 服务特长 爱好特长 特长爱好 专长 服务技能 特长技能 "
            "skills skill specialty speciality"
        ),
    ),
    Field(
        "joined_on",
        _names(
            "加入日期 加入时间 入队日期 入队时间 注册日期 注册时间 登记日期 登记时间 入会日期 入会时间 "
            "加入队伍时间 joined joinedon joindate joiningdate dateofjoining datejoined registered "
            "registeredon registrationdate"
        ),
    ),
)

ACTIVITY_FIELDS: tuple[Field, ...] = (
    Field(
        "title",
        _names(
            "活动名称 活动主题 活动标题 活动项目 活动项目名称 志愿服务活动名称 志愿服务活动 志愿活动名称 "
            "志愿活动 服务活动名称 服务活动 志愿服务项目名称 志愿服务项目 项目名称 服务项目名称 服务项目 "
            "活动名 活动 名称 标题 主题 title activity activityname activitytitle name event eventname"
        ),
        needed=True,
    ),
    Field(
        "category",
        _names(
            "活动类别 活动类型 活动分类 服务类别 服务类型 项目类别 项目类型 类别 类型 分类 category type "
            "kind activitycategory activitytype"
        ),
    ),
    Field(
        "organisation",
        (
            *_TEAM,
            *_names(
                "组织单位 主办单位 承办单位 举办单位 开展单位 发起单位 发布单位 活动组织 主办方 承办方 "
                "组织者单位 主办服务队 承办服务队 组织服务队 开展服务队 发起服务队 主办队伍 承办队伍 举办队伍 "
                "组织队伍 开展队伍 发起队伍 实施队伍 主办组织 发起组织 实施单位 活动单位 责任单位 牵头单位 "
                "组织方 organiser organizer host"
            ),
        ),
        needed=True,
    ),
    Field("day", _names("活动日期 日期 服务日期 开展日期 date day")),
    Field(
        "starts",
        _names(
            "开始时间 活动开始时间 活动开始 起始时间 开始日期时间 开始日期 开始 活动起始时间 服务开始时间 "
            "活动开始日期 起始日期 开始时刻 开始日期及时间 计划开始时间 活动时间起 时间起 起时间 起 "
            "start starts starttime startsat startdate begin from"
        ),
        needed=True,
    ),
    Field(
        "ends",
        _names(
            "结束时间 活动结束时间 活动结束 终止时间 截止时间 结束日期时间 结束日期 结束 服务结束时间 "
            "活动结束日期 活动终止时间 终止日期 截止日期 结束时刻 结束日期及时间 计划结束时间 活动时间止 "
            "时间止 止时间 止 end ends endtime endsat enddate finish until to"
        ),
        needed=True,
    ),
    Field(
        "place",
        _names("地点 活动地点 服务地点 开展地点 活动地址 地址 活动场所 位置 place location venue address"),
    ),
    Field(
        "capacity",
        _names(
            "名额 招募名额 活动名额 人数上限 招募人数 计划人数 需求人数 限额 活动人数 人数 capacity "
            "places quota limit headcount"
        ),
    ),
    Field("description", _names("活动内容 内容 活动简介 简介 活动说明 活动描述 description details content")),
)

RECORD_FIELDS: tuple[Field, ...] = (
    Field("name", _NAME),
    Field(
        "person",
        (
            *_IDENTITY_OR_PHONE,
            *_names("idorphone phoneorid idnumberorphone idnumberorphonenumber phoneoridnumber"),
        ),
    ),
    Field("identity", _IDENTITY),
    Field("phone", _PHONE),
    Field(
        "activity",
        _names(
            "活动名称 活动主题 活动标题 参加活动 参与活动 参加活动名称 参与活动名称 服务活动 服务项目 "
            "服务项目名称 服务活动名称 志愿服务活动名称 志愿服务活动 志愿活动名称 志愿活动 志愿服务项目名称 "
            "志愿服务项目 参与项目 参与项目名称 参加项目 所属活动 活动项目 活动项目名称 项目名称 活动名 活动 "
            "activity activityname activitytitle event "
            "eventname project"
        ),
        needed=True,
    ),
    Field(
        "served_on",
        _names(
            "服务日期 志愿服务日期 活动日期 活动开展日期 开展日期 参加日期 参与日期 服务日 服务时间 活动时间 "
            "参加时间 参与时间 日期 时间 servicedate servedon date day"
        ),
        needed=True,
    ),
    Field(
        "duration",
        _names(
            "服务时长 志愿服务时长 志愿时长 活动时长 认定时长 时长 服务小时数 服务小时 小时数 服务时数 "
            "时数 服务分钟数 服务分钟 分钟数 分钟 小时 工时 服务工时 志愿服务小时数 志愿服务小时 志愿服务时数 "
            "志愿时数 信用时数 服务总时长 参与时长 参加时长 记录时长 核定时长 本次时长 单次时长 "
            "志愿服务时间 服务时间 duration hours servicehours minutes "
            "serviceminutes time"
        ),
        needed=True,
    ),
    Field(
        "recorder",
        _names(
            "记录人 登记人 录入人 填报人 经办人 填写人 负责人 审核人 确认人 记录员 recorder recordedby "
            "enteredby clerk"
        ),
    ),
)

GOODS_FIELDS: tuple[Field, ...] = (
    Field(
        "name",
        _names(
            "商品名称 物品名称 货品名称 货物名称 礼品名称 产品名称 奖品名称 物资名称 兑换商品名称 兑换物品名称 "
            "兑换商品 兑换物品 品名 商品名 商品 物品 货品 礼品 物资 名称 product productname goods "
            "item itemname name"
        ),
        needed=True,
    ),
    Field(
        "category",
        _names("分类 商品分类 物品分类 商品类别 物品类别 类别 品类 种类 商品类型 类型 category group type"),
    ),
    Field(
        "barcode",
        _names(
            "条码 条形码 商品条码 商品条形码 国际条码 条码号 条码号码 条形码号 条形码号码 条码编号 国标码 69码 "
            "barcode barcodenumber ean ean13 ean码 gtin upc"
        ),
    ),
    Field(
        "points",
        _names(
            "兑换积分 所需积分 积分价 积分价格 兑换所需积分 兑换分值 商品积分 兑换价格 积分 分值 福分 "
            "所需分值 兑换所需分值 所需爱心积分 爱心积分 兑换爱心积分 需要积分 消耗积分 积分单价 积分值 "
            "兑换积分值 积分标准 兑换标准 兑换价 单价积分 价格 points price pricepoints pointsprice pointscost"
        ),
        needed=True,
    ),
    Field(
        "stock",
        _names("库存 库存数量 现有库存 库存量 当前库存 数量 商品数量 期初库存 stock quantity qty onhand"),
    ),
    Field("unit", _names("单位 计量单位 unit uom")),
    Field("carton", _names("箱码 整箱条码 箱条码 外箱条码 外箱码 carton cartonbarcode casebarcode")),
    Field(
        "carton_units",
        _names("箱装数 每箱数量 装箱数 整箱数量 箱规 每箱件数 cartonunits unitspercarton casesize"),
    ),
    Field(
        "best_before",
        _names(
            "保质期至 有效期至 到期日 到期日期 失效日期 保质期截止 截止日期 有效期 bestbefore expiry expirydate usebefore"
        ),
    ),
    Field("batch", _names("批号 批次 批次号 生产批号 batch batchno lot lotno")),
    Field("cost", _names("进价 成本 成本价 单价元 采购价 折价 单件价值 cost unitcost value")),
)

ORGANISATIONS = Register("organisations", ORGANISATION_FIELDS)
MEMBERS = Register("members", MEMBER_FIELDS)
ACTIVITIES = Register("activities", ACTIVITY_FIELDS)
RECORDS = Register("records", RECORD_FIELDS, one_of=_names("person identity phone"))
GOODS = Register("goods", GOODS_FIELDS)

REGISTERS: tuple[Register, ...] = (ORGANISATIONS, MEMBERS, ACTIVITIES, RECORDS, GOODS)
