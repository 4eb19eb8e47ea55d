"""The words of the example: an invented insurer. No company, person or product of the world is meant."""

# (id, 中文, English, criticality, business unit, RTO in minutes)
SERVICES = [
    ("chengbao", "承保", "Underwriting", "critical", "bu-life", 240),
    ("lipei", "理赔", "Claims", "critical", "bu-claims", 120),
    ("baoquan", "保全", "Policy servicing", "critical", "bu-life", 240),
    ("shoufufei", "收付费", "Premium and payment", "critical", "bu-finance", 120),
    ("hexin", "核心业务", "Core insurance", "critical", "bu-life", 120),
    ("hebao", "核保", "Risk assessment", "high", "bu-life", 480),
    ("chaxun", "保单查询", "Policy enquiry", "high", "bu-service", 480),
    ("yingxiang", "影像", "Imaging", "high", "bu-operations", 480),
    ("danzheng", "单证", "Certificates and forms", "high", "bu-operations", 480),
    ("dianhua", "电话中心", "Call centre", "critical", "bu-service", 120),
    ("guanwang", "官网", "Public web site", "high", "bu-sales", 480),
    ("app", "客户 APP", "Customer app", "critical", "bu-sales", 240),
    ("weixin", "移动公众服务", "Messenger service desk", "high", "bu-sales", 480),
    ("zaibao", "再保", "Reinsurance", "medium", "bu-actuarial", 1440),
    ("zhunbeijin", "准备金", "Reserves", "high", "bu-actuarial", 1440),
    ("changfu", "偿付能力报送", "Solvency reporting", "high", "bu-actuarial", 1440),
    ("jianguan", "监管报送", "Regulatory reporting", "high", "bu-compliance", 1440),
    ("fanxiqian", "反洗钱", "Anti money laundering", "high", "bu-compliance", 480),
    ("yinbao", "银保通", "Bank insurance gateway", "critical", "bu-sales", 120),
    ("dailiren", "代理人移动展业", "Agent mobile sales", "high", "bu-sales", 480),
    ("chexian", "车险报价", "Motor quotation", "critical", "bu-property", 240),
    ("chexianlipei", "车险查勘定损", "Motor loss adjustment", "high", "bu-property", 480),
    ("jiankang", "健康险直付", "Health direct billing", "high", "bu-claims", 480),
    ("tuanxian", "团险", "Group insurance", "high", "bu-life", 480),
    ("nianjin", "企业年金", "Corporate annuity", "medium", "bu-life", 1440),
    ("touzi", "投资交易", "Investment trading", "critical", "bu-investment", 120),
    ("guzhi", "投资估值", "Investment valuation", "high", "bu-investment", 480),
    ("caiwu", "财务总账", "General ledger", "high", "bu-finance", 480),
    ("fapiao", "电子发票", "Electronic invoices", "medium", "bu-finance", 1440),
    ("renli", "人力资源", "Human resources", "low", "bu-hr", 2880),
    ("bangong", "办公协同", "Office collaboration", "medium", "bu-hr", 1440),
    ("youjian", "邮件", "E-mail", "medium", "bu-hr", 480),
    ("baobiao", "经营分析报表", "Business reporting", "medium", "bu-actuarial", 1440),
    ("shuju", "数据服务", "Data services", "medium", "bu-operations", 1440),
    ("kehu", "客户信息", "Customer information", "critical", "bu-service", 240),
    ("duanxin", "短信通知", "Text notification", "medium", "bu-service", 480),
    ("huifang", "电子回访", "Electronic call-back", "medium", "bu-service", 1440),
    ("hetong", "合同与采购", "Contracts and procurement", "low", "bu-finance", 2880),
    ("peixun", "在线培训", "Online training", "low", "bu-hr", 2880),
    ("dangan", "电子档案", "Electronic archive", "medium", "bu-operations", 1440),
]
UNITS = [
    ("bu-life", "寿险事业部", "Life insurance"), ("bu-property", "财产险事业部", "Property insurance"),
    ("bu-claims", "理赔部", "Claims"), ("bu-finance", "财务部", "Finance"), ("bu-service", "客户服务部", "Customer service"),
    ("bu-sales", "销售管理部", "Sales"), ("bu-operations", "运营管理部", "Operations"), ("bu-actuarial", "精算部", "Actuarial"),
    ("bu-compliance", "合规部", "Compliance"), ("bu-investment", "投资部", "Investment"), ("bu-hr", "人力资源部", "Human resources"),
]  # fmt: skip
TEAMS = [
    ("team-app", "应用运维组", "Application operations"), ("team-db", "数据库组", "Databases"),
    ("team-mw", "中间件组", "Middleware"), ("team-host", "系统组", "Servers"), ("team-net", "网络组", "Network"),
    ("team-storage", "存储组", "Storage"), ("team-dc", "机房组", "Data centres"), ("team-sec", "安全组", "Security"),
    ("team-service", "服务管理组", "Service management"), ("team-dev", "开发中心", "Development"),
    ("team-vendor", "供应商管理组", "Supplier management"), ("team-change", "变更管理组", "Change management"),
]  # fmt: skip
SITES = [("site-a", "生产中心", "Primary data centre"), ("site-b", "同城中心", "Second data centre"),
         ("site-c", "灾备中心", "Recovery site")]  # fmt: skip
MODULES = [("门户", "portal"), ("受理", "intake"), ("处理", "engine"), ("批处理", "batch"), ("接口", "gateway"),
           ("查询", "query"), ("规则", "rules"), ("通知", "notice")]  # fmt: skip
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "安宁文远思齐嘉禾明哲若水一帆子墨雨桐书言知行景行清和云舒"
SUPPLIERS = [
    ("sup-power", "城东供电服务", "City East Power"), ("sup-carrier-1", "华桥通信", "Huaqiao Telecom"),
    ("sup-carrier-2", "远帆通信", "Yuanfan Telecom"), ("sup-carrier-3", "北辰通信", "Beichen Telecom"),
    ("sup-pay-1", "汇捷支付", "Huijie Pay"), ("sup-pay-2", "通源支付", "Tongyuan Pay"),
    ("sup-clearing", "联清结算", "Lianqing Clearing"), ("sup-sms", "信达短信", "Xinda Messaging"),
    ("sup-hardware", "磐石服务器", "Panshi Servers"), ("sup-storage", "瀚海存储", "Hanhai Storage"),
    ("sup-db", "澄澈数据库", "Chengche Databases"), ("sup-cloud", "云岭科技", "Yunling Cloud"),
    ("sup-call", "声桥呼叫", "Shengqiao Call Systems"), ("sup-security", "盾山安全", "Dunshan Security"),
    ("sup-print", "墨流印务", "Moliu Printing"), ("sup-cooling", "寒松制冷", "Hansong Cooling"),
]  # fmt: skip
