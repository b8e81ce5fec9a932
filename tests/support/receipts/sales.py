"""Sales as the tills and the website send them. The same seed makes the same sales.

Everything is invented: mobiles are numbers that ACMA keeps for fiction, names and shops do not exist.
"""
import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import money
from products import ACTIVE, BY_SKU, PRODUCTS

PERIOD_SECONDS = 27 * 86400


@dataclass(frozen=True)
class Store:
    number: str
    suburb: str  # with "Example Variety" in front its name
    street: str
    town: str
    state: str
    postcode: str
    zone: str
    utc_offset: int
    phone_prefix: str

    @property
    def phone(self):
        return self.phone_prefix + self.number


STORES = (
    Store("1045", "Parramatta", "159 Church St", "Parramatta", "NSW", "2150", "Australia/Sydney", 11, "+6125550"),
    Store("1102", "Bondi", "500 Oxford St", "Bondi Junction", "NSW", "2022", "Australia/Sydney", 11, "+6125550"),
    Store("1203", "Chadstone", "1341 Dandenong Rd", "Chadstone", "VIC", "3148", "Australia/Melbourne", 11, "+6137010"),
    Store("1310", "Indooroopilly", "322 Moggill Rd", "Indooroopilly", "QLD", "4068", "Australia/Brisbane", 10, "+6175550"),
    Store("1421", "Joondalup", "420 Joondalup Dr", "Joondalup", "WA", "6027", "Australia/Perth", 8, "+6185550"),
    Store("1533", "Kurri Kurri", "29 Lang St", "Kurri Kurri", "NSW", "2327", "Australia/Sydney", 11, "+6125550"),
)
MOBILES = [
    f"+6149157{tail}"
    for tail in ("0006", "0156", "0157", "0158", "0159", "0110", "1266", "1491", "1804", "2549", "2665", "2983")
]
PEOPLE = (
    ("Zoë", "O’Brien"), ("Nguyễn", "Thị Hương"), ("Mei", "陳"), ("Søren", "Åkesson"), ("Priya", "Ramanathan"), ("Māui", "Tūhoe"),
    ("Ελένη", "Παπά"), ("Jack", "Smith"), ("Aroha", "Ngata"), ("محمد", "الأحمد"), ("D'Arcy", "van der Berg"),
)

# Scenario -> how often it comes.
WEIGHTS = {
    "store_cash_rounding": 8, "store_card_onepass": 18, "store_sms_slyp": 18, "store_multi_tender": 5, "store_refund": 4,
    "store_exchange_zero": 1, "store_age_restricted": 3, "store_no_customer": 14, "store_huge_basket": 0.05,
    "store_discounts": 6, "store_gst_free_mix": 5, "store_unicode": 3, "store_qty_and_both_partners": 6, "store_void": 1,
    "online_delivery": 12, "online_click_collect_unknown_sku": 4, "online_partial_refund": 2, "online_multi_payment": 2,
    "online_unicode": 3, "online_zero_total": 1,
}
SCENARIOS = list(WEIGHTS)

GIVES_MOBILE = {"store_sms_slyp", "store_multi_tender", "store_refund", "store_qty_and_both_partners", "store_unicode", "store_huge_basket"}
SHOWS_MEMBER_CARD = {
    "store_card_onepass", "store_exchange_zero", "store_age_restricted", "store_discounts", "store_gst_free_mix",
    "store_qty_and_both_partners", "store_huge_basket",
}
PAYS_SHIPPING = {"online_delivery", "online_unicode", "online_multi_payment"}
LINKED_MEMBER = {"online_delivery", "online_click_collect_unknown_sku", "online_zero_total", "online_unicode"}
UNKNOWN_SKU_LINE = {"productCode": "49999999", "title": "Marketplace item", "quantity": 1, "unitPrice": "15.00",
                    "discounts": [], "lineTotal": "15.00", "taxIncluded": "1.36"}


def luhn(digits):
    """Appends the check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def taxed(product):
    return product.gst_code == "G"


def receipt_id(sale):
    if "storeNo" in sale:
        return "S-{storeNo}-{regNo}-{bizDate}-{txnNo}".format_map(sale)
    return "O-" + (sale.get("refundId") or sale["invoiceId"])


class Sales:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0

    def next(self, scenario=None):
        if scenario is None:
            scenario = self.random.choices(SCENARIOS, list(WEIGHTS.values()))[0]
        self.count += 1
        return self._store(scenario) if scenario.startswith("store") else self._online(scenario)

    # ---- draws: the order of the calls is part of the data ---------------------------------
    def _digits(self, count):
        return f"{self.random.randrange(10**count):0{count}d}"

    def _uuid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def _pick(self, count, wanted):
        pool = [product for product in ACTIVE if wanted(product)]
        return [pool[self.random.randrange(len(pool))] for _ in range(count)]

    # ---- store: integer cents, short names -------------------------------------------------
    def _store(self, scenario):
        store = STORES[self.random.randrange(len(STORES))]
        opening = datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=store.utc_offset)))
        at = opening + timedelta(seconds=self.random.randrange(PERIOD_SECONDS))
        sale = {
            "msgId": None, "ver": "1.3", "channel": "STORE", "storeNo": store.number,
            "storeName": f"Example Variety {store.suburb}",
            "storeAddr": {"line1": store.street, "suburb": store.town, "state": store.state, "postcode": store.postcode},
            "storePhone": store.phone, "tz": store.zone, "regNo": f"{self.random.randrange(1, 25):02d}",
            "txnNo": f"{self.count % 1000000:06d}", "operId": None, "bizDate": f"{at:%Y%m%d}", "txnTs": at.isoformat(),
            "txnType": {"store_refund": "RETURN", "store_exchange_zero": "EXCHANGE", "store_void": "VOID"}.get(scenario, "SALE"),
            "training": False, "ccy": "AUD",
        }
        sale["msgId"] = self._uuid()
        sale["operId"] = str(self.random.randrange(10000, 99999))
        items = self._store_items(scenario, store, at)
        rounding = 0
        if scenario == "store_cash_rounding":
            mark_down(items[0], 2)
            net = sum(item["netCents"] for item in items)
            rounding = (net + 2) // 5 * 5 - net
        net = sum(item["netCents"] for item in items)
        taxable = sum(item["netCents"] for item in items if taxed(BY_SKU[item["sku"]]))
        due = net + rounding
        sale.update(items=items, subCents=net, gstCents=money.gst(taxable), roundCents=rounding, totCents=due,
                    savingCents=-sum(discount["cents"] for item in items for discount in item["discs"]))
        tenders = self._tenders(scenario, due)
        sale["tenders"] = [] if scenario == "store_void" else tenders
        customer = self._store_customer(scenario)
        if customer:
            sale["cust"] = customer
        elif scenario == "store_no_customer":
            sale["cust"] = None
        sale["receiptBarcode"] = luhn(sale["storeNo"] + sale["regNo"] + sale["txnNo"] + sale["bizDate"])
        return sale

    def _store_items(self, scenario, store, at):
        def everyday(product):
            return product.gst_code != "N" and product.min_age == 0

        basket = self.random.randrange(1, 7)
        if scenario == "store_age_restricted":
            picks = self._pick(2, lambda product: product.min_age >= 18) + self._pick(1, everyday)
        elif scenario == "store_gst_free_mix":
            picks = self._pick(3, lambda product: product.gst_code == "F") + self._pick(2, everyday)
        elif scenario == "store_unicode":
            picks = [PRODUCTS[42], PRODUCTS[99], PRODUCTS[17]]
        else:
            picks = self._pick(400 if scenario == "store_huge_basket" else basket, everyday)
        items = [self._store_line(number, product, scenario) for number, product in enumerate(picks, 1)]
        original = {"storeNo": store.number, "regNo": "03", "txnNo": self._digits(6), "bizDate": f"{at - timedelta(days=9):%Y%m%d}"}
        # These two replace the lines, which have been drawn all the same.
        if scenario == "store_refund":
            items = [self._store_line(number, product, scenario, original) for number, product in enumerate(picks[:2], 1)]
        elif scenario == "store_exchange_zero":
            product = self._pick(1, lambda candidate: candidate.department == "Apparel")[0]
            items = [self._store_line(1, product, scenario, original), self._store_line(2, product, scenario)]
        return items

    def _store_line(self, number, product, scenario, returned=None):
        quantity = 1 if scenario == "store_exchange_zero" else self.random.choice([1, 1, 1, 2, 3])
        if scenario == "store_qty_and_both_partners" and number == 1:
            quantity = 12
        if returned:
            quantity = -quantity
        extended = quantity * product.price_cents
        discounts = []
        if scenario == "store_discounts":
            discounts.append({"code": "PROMO20", "desc": "20% off", "cents": -(extended // 5)})
            if number == 1:
                discounts.append({"code": "TEAM", "desc": "Team member discount", "cents": -(extended // 20)})
        net = extended + sum(discount["cents"] for discount in discounts)
        line = {
            "ln": number, "type": "R" if returned else "S", "sku": product.sku, "ean": product.ean,
            "posDesc": product.name.upper()[:18], "qty": quantity, "unitCents": product.price_cents, "extCents": extended,
            "discs": discounts, "netCents": net, "gstCents": money.gst(net) if taxed(product) else 0,
        }
        if product.min_age:
            line["ageChk"] = {"minAge": product.min_age, "result": "PASS"}
        if returned:
            line["orig"] = returned
        return line

    def _card(self, amount):
        brand = self.random.choice(["VISA", "MASTERCARD", "EFTPOS", "AMEX"])
        return {
            "type": brand, "cents": amount, "changeCents": 0, "panTail": self._digits(4), "authCode": self._digits(6),
            "rrn": self._digits(12), "terminalId": "T" + self._digits(7),
            "acct": self.random.choice(["CHQ", "SAV"]) if brand == "EFTPOS" else "CR",
            "entry": self.random.choice(["CTLS", "CHIP"]),
        }

    def _tenders(self, scenario, due):
        if scenario == "store_cash_rounding":
            paid = -(-due // 2000) * 2000  # the next 20 dollar note
            tenders = [{"type": "CASH", "cents": paid, "changeCents": paid - due}]
        elif scenario == "store_multi_tender":
            gift, cash = due // 3, due // 4
            tenders = [
                {"type": "GIFT", "cents": gift, "changeCents": 0, "panTail": "0042"},
                {"type": "CASH", "cents": cash, "changeCents": 0},
                self._card(due - gift - cash),
            ]
        else:
            tenders = [self._card(due)] if due else []
        for number, tender in enumerate(tenders, 1):
            tender["seq"] = number
        return tenders

    def _store_customer(self, scenario):
        customer = {}
        if scenario in GIVES_MOBILE:
            customer["mobile"] = self.random.choice(MOBILES)
        if scenario in SHOWS_MEMBER_CARD:
            customer["onePassId"] = "OP" + self._digits(10)
            customer["flybuys"] = luhn("2793" + self._digits(11))
        if scenario == "store_unicode":
            customer["name"] = " ".join(self.random.choice(PEOPLE[:7]))
        return customer

    # ---- website: decimal text, long names -------------------------------------------------
    def _online(self, scenario):
        at = datetime(2026, 3, 1, tzinfo=timezone.utc) + timedelta(seconds=self.random.randrange(PERIOD_SECONDS))
        refund = scenario == "online_partial_refund"
        unicode_ = scenario == "online_unicode"
        collect = scenario == "online_click_collect_unknown_sku"
        first, last = self.random.choice(PEOPLE) if unicode_ else ("Jack", "Smith")
        number = f"{at:%Y%m%d}-{self.count:06d}"
        digits = number.replace("-", "")
        lines = self._online_lines(scenario)
        goods = sum(money.cents(line["lineTotal"]) for line in lines)
        taxable = sum(money.cents(line["lineTotal"]) for line in lines
                      if line["productCode"] not in BY_SKU or taxed(BY_SKU[line["productCode"]]))
        shipping = 900 if scenario in PAYS_SHIPPING else 0
        total = goods + shipping
        address = {"line1": "Unit 3/12 Şirin St" if unicode_ else "12 Wattle Ave", "suburb": "Newtown", "state": "NSW",
                   "postcode": "2042", "country": "AU"}
        order = {
            "schema": "online-order/2", "event": "order.refunded" if refund else "order.invoiced", "eventId": self._uuid(),
            "eventTime": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z", "orderId": "W" + number,
            "invoiceId": "INV" + digits, "site": "AU", "currency": "AUD",
            "customer": {
                "customerId": "C" + self._digits(8), "firstName": first, "lastName": last,
                "email": f"shopper{self.count}@example.com", "phone": self.random.choice(MOBILES),
            },
            "fulfilment": {"method": "CLICK_AND_COLLECT", "storeNumber": "1045"} if collect
                          else {"method": "DELIVERY", "address": address},
            "lines": lines,
            "charges": [{"type": "SHIPPING", "amount": money.text(shipping), "taxIncluded": money.text(money.gst(shipping))}]
                       if shipping else [],
            "totals": {"goods": money.text(goods), "shipping": money.text(shipping),
                       "tax": money.text(money.gst(taxable) + money.gst(shipping)), "grandTotal": money.text(total)},
        }
        if refund:
            order["refundId"] = "RF" + digits
            order["refundOf"] = "INV20260220000777"
        if scenario in LINKED_MEMBER:
            order["customer"]["onePass"] = {"memberId": "OP" + self._digits(10), "linked": True}
        order["payments"] = self._payments(scenario, total)
        if unicode_:
            order["giftMessage"] = "Happy birthday 🎁 — từ mẹ, \"xx\"\n生日快乐"
        return order

    def _online_lines(self, scenario):
        refund = scenario == "online_partial_refund"
        picks = self._pick(self.random.randrange(1, 5), lambda product: product.gst_code in "GF" and product.min_age == 0)
        lines = []
        for product in picks[:1] if refund else picks:
            quantity = self.random.choice([1, 1, 2]) * (-1 if refund else 1)
            extended = quantity * product.price_cents
            voucher = -extended if scenario == "online_zero_total" else 0
            total = extended + voucher
            lines.append({
                "lineId": str(len(lines) + 1), "productCode": product.sku, "title": product.name, "quantity": quantity,
                "unitPrice": money.text(product.price_cents),
                "discounts": [{"name": "100% voucher", "amount": money.text(voucher)}] if voucher else [],
                "lineTotal": money.text(total), "taxIncluded": money.text(money.gst(total) if taxed(product) else 0),
            })
        if scenario == "online_click_collect_unknown_sku":
            lines.append({"lineId": str(len(lines) + 1), **UNKNOWN_SKU_LINE})
        return lines

    def _payments(self, scenario, total):
        if scenario == "online_multi_payment":
            gift = total // 2
            return [{"method": "GIFT_CARD", "last4": "9001", "amount": money.text(gift)},
                    {"method": "AFTERPAY", "amount": money.text(total - gift)}]
        if total == 0:
            return []
        return [{"method": "CARD", "brand": self.random.choice(["VISA", "MASTERCARD"]), "last4": self._digits(4),
                 "amount": money.text(total)}]


def mark_down(item, cents):
    """The cashier's discount on one line, so that the total needs rounding."""
    item["discs"].append({"code": "MKDN", "desc": "Markdown", "cents": -cents})
    item["netCents"] -= cents
    item["gstCents"] = money.gst(item["netCents"]) if taxed(BY_SKU[item["sku"]]) else 0
