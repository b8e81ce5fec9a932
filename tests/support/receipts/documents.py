"""What a sale must become: the documents of OnePass and Slyp, and the row of the warehouse.

Both channels are read into one neutral Receipt; the three targets are projections of it.
"""
from dataclasses import dataclass, field
from datetime import datetime, timezone

import money
from products import BY_SKU
from sales import receipt_id

MERCHANT = {"name": "Example Variety Stores", "abn": "12345678901", "brand": "EXVAR"}
CURRENCY = "AUD"
TENDER_LABELS = {"GIFT": "Gift card", "CASH": "Cash"}
PAYMENT_LABELS = {"GIFT_CARD": "Gift card", "AFTERPAY": "Afterpay"}
SENT_TYPES = {"SALE", "RETURN", "EXCHANGE"}
SLYP_TYPES = {"SALE": "purchase", "RETURN": "refund", "EXCHANGE": "exchange"}


@dataclass
class Item:
    line: int
    sku: str
    ean: str
    title: str
    quantity: int
    unit: int
    discounts: list  # (text, cents)
    net: int
    gst: int

    @property
    def discount(self):
        return sum(cents for _, cents in self.discounts)

    @property
    def product(self):
        return BY_SKU.get(self.sku)


@dataclass
class Payment:
    label: str
    type: str
    pan_tail: str
    cents: int
    auth_code: str = None
    rrn: str = None


@dataclass
class Receipt:
    id: str
    channel: str
    type: str
    issued: datetime
    zone: str
    number: str
    gst: int
    total: int
    items: list
    payments: list
    store: dict = None
    register: str = None
    order: str = None
    original: str = None
    shipping: int = 0
    rounding: int = 0
    member: str = None
    mobile: str = None
    flybuys: str = None
    barcode: str = None
    sent: bool = True
    source: dict = field(default_factory=dict)

    @property
    def discount(self):
        return sum(item.discount for item in self.items)

    @property
    def return_days(self):
        return max((item.product.return_days for item in self.items if item.product), default=0)

    @property
    def return_policy(self):
        days = self.return_days
        return f"Change of mind within {days} days with proof of purchase." if days else None

    @property
    def for_onepass(self):
        return bool(self.sent and self.member)

    @property
    def for_slyp(self):
        return bool(self.sent and self.mobile)


def neutral(sale):
    return _from_store(sale) if "storeNo" in sale else _from_online(sale)


def _from_store(sale):
    customer = sale.get("cust") or {}
    original = next((line["orig"] for line in sale["items"] if "orig" in line), None)
    items = [
        Item(line["ln"], line["sku"], line["ean"], line["posDesc"], line["qty"], line["unitCents"],
             [(discount["desc"], discount["cents"]) for discount in line["discs"]], line["netCents"], line["gstCents"])
        for line in sale["items"]
    ]
    payments = [
        Payment(TENDER_LABELS.get(tender["type"], tender["type"]), tender["type"], tender.get("panTail"),
                tender["cents"] - tender["changeCents"], tender.get("authCode"), tender.get("rrn"))
        for tender in sale["tenders"]
    ]
    return Receipt(
        id=receipt_id(sale), channel="IN_STORE", type=sale["txnType"], issued=datetime.fromisoformat(sale["txnTs"]),
        zone=sale["tz"], number=sale["txnNo"], register=sale["regNo"], original=original and receipt_id(original),
        store={"number": sale["storeNo"], "name": sale["storeName"], "phone": sale["storePhone"],
               "street": sale["storeAddr"]["line1"], "suburb": sale["storeAddr"]["suburb"],
               "state": sale["storeAddr"]["state"], "postcode": sale["storeAddr"]["postcode"]},
        items=items, gst=sale["gstCents"], rounding=sale["roundCents"], total=sale["totCents"], payments=payments,
        member=customer.get("onePassId"), mobile=customer.get("mobile"), flybuys=customer.get("flybuys"),
        barcode=sale["receiptBarcode"], sent=sale["txnType"] in SENT_TYPES and not sale["training"], source=sale)


def _from_online(order):
    membership = order["customer"].get("onePass") or {}
    items = [
        Item(int(line["lineId"]), line["productCode"], None, line["title"], line["quantity"], money.cents(line["unitPrice"]),
             [(discount["name"], money.cents(discount["amount"])) for discount in line["discounts"]],
             money.cents(line["lineTotal"]), money.cents(line["taxIncluded"]))
        for line in order["lines"]
    ]
    payments = []
    for payment in order["payments"]:
        type_ = payment.get("brand", payment["method"])
        payments.append(Payment(PAYMENT_LABELS.get(payment["method"], type_), type_, payment.get("last4"),
                                money.cents(payment["amount"])))
    return Receipt(
        id=receipt_id(order), channel="ONLINE", type="RETURN" if order["event"] == "order.refunded" else "SALE",
        issued=datetime.fromisoformat(order["eventTime"].replace("Z", "+00:00")), zone="UTC", number=order["invoiceId"],
        order=order["orderId"], original="O-" + order["refundOf"] if "refundOf" in order else None, items=items,
        shipping=money.cents(order["totals"]["shipping"]), gst=money.cents(order["totals"]["tax"]),
        total=money.cents(order["totals"]["grandTotal"]), payments=payments,
        member=membership.get("memberId") if membership.get("linked") else None, mobile=order["customer"].get("phone"),
        source=order)


# ---- OnePass -------------------------------------------------------------------------------
def _amount(cents):
    return {"amount": money.text(cents), "currency": CURRENCY}


def _onepass_item(item):
    product = item.product
    document = {
        "lineNumber": item.line, "sku": item.sku, "ean": product.ean if product else item.ean,
        "name": product.name if product else item.title, "quantity": item.quantity, "unitPrice": _amount(item.unit),
        "lineTotal": _amount(item.net), "gst": _amount(item.gst),
        "discounts": [{"description": text, "amount": _amount(cents)} for text, cents in item.discounts],
        "enriched": product is not None,
    }
    if product:
        document.update(
            description=product.description, brand=product.brand, category=f"{product.department} > {product.category}",
            colour=product.colour or None, size=product.size or None, imageUrl=product.image_url,
            gstFree=product.gst_code == "F", ageRestricted=product.min_age > 0, returnable=product.returnable == "Y")
    return document


def onepass(receipt):
    if not receipt.for_onepass:
        return None
    store = receipt.store
    loyalty = [{"program": "flybuys", "maskedId": "*" * 12 + receipt.flybuys[-4:]}] if receipt.flybuys else []
    return {
        "schemaVersion": "1.0", "receiptId": receipt.id,
        "eventType": "RECEIPT_REFUNDED" if receipt.type == "RETURN" else "RECEIPT_ISSUED", "channel": receipt.channel,
        "issuedAt": receipt.issued.isoformat(), "timeZone": receipt.zone,
        "member": {"memberId": receipt.member, "loyalty": loyalty},
        "merchant": MERCHANT,
        "store": store and {
            "number": store["number"], "name": store["name"], "phone": store["phone"],
            "address": {**{part: store[part] for part in ("street", "suburb", "state", "postcode")}, "country": "AU"}},
        "transaction": {"type": receipt.type, "number": receipt.number, "register": receipt.register,
                        "orderId": receipt.order, "originalReceiptId": receipt.original},
        "items": [_onepass_item(item) for item in receipt.items],
        "totals": {"itemCount": len(receipt.items), "discount": _amount(receipt.discount), "shipping": _amount(receipt.shipping),
                   "gst": _amount(receipt.gst), "rounding": _amount(receipt.rounding), "total": _amount(receipt.total)},
        "tenders": [{"type": payment.type, "label": payment.label,
                     "maskedPan": payment.pan_tail and f"**** {payment.pan_tail}", "amount": _amount(payment.cents)}
                    for payment in receipt.payments],
        "returns": {"barcode": receipt.barcode and {"value": receipt.barcode, "symbology": "CODE128"},
                    "days": receipt.return_days, "policyText": receipt.return_policy},
        "isTaxInvoice": True,
    }


# ---- Slyp ----------------------------------------------------------------------------------
def _number(cents):
    return round(cents / 100, 2)  # the nearest double prints as the decimal


def _slyp_item(item):
    product = item.product
    properties = (("SKU", item.sku), ("APN", product.ean if product else item.ean),
                  ("Colour", product and product.colour), ("Size", product and product.size))
    return {
        "product": {
            "name": product.name if product else item.title, "quantity_purchased": abs(item.quantity),
            "image_url": product and product.image_url,
            "pricing": {"price": _number(item.unit), "discount": _number(abs(item.discount)), "tax": _number(abs(item.gst)),
                        "total": _number(abs(item.net)), "currency_code": CURRENCY},
            "item_properties": [{"title": f"{label}: {value}"} for label, value in properties if value],
        },
        "is_refund": item.quantity < 0,
    }


def slyp(receipt):
    if not receipt.for_slyp:
        return None
    store = receipt.store
    return {
        "external_id": receipt.id, "receipt_type": "smart", "is_tax_invoice": True,
        "issued_at": int(receipt.issued.timestamp()), "issued_at_iso": receipt.issued.isoformat(),
        "issued_at_timezone": receipt.zone, "currency_code": CURRENCY, "transaction_type": SLYP_TYPES[receipt.type],
        "original_external_id": receipt.original,
        "issuing_merchant": {"trading_name": MERCHANT["name"], "abn": MERCHANT["abn"], "external_id": MERCHANT["brand"]},
        "store": store and {
            "external_id": store["number"], "name": store["name"], "phone_number": store["phone"],
            "address": {**{part: store[part] for part in ("street", "suburb", "state", "postcode")}, "country_code": "AU"}},
        "order_number_detail": {"title": "Order" if receipt.order else "Sale number", "value": receipt.order or receipt.number},
        "consumer": {"mobile_number": receipt.mobile},
        "basket_items": [_slyp_item(item) for item in receipt.items], "item_count": len(receipt.items),
        "total_price": _number(receipt.total), "total_discount": _number(abs(receipt.discount)),
        "total_tax": _number(receipt.gst), "total_shipping": _number(receipt.shipping), "rounding": _number(receipt.rounding),
        "tax_details": [{"title": "GST included", "tax_type": "GST", "amount": _number(receipt.gst)}],
        "payments": [{"name": payment.label + (f" (**** {payment.pan_tail})" if payment.pan_tail else ""),
                      "payment_method_type": payment.type, "pan_suffix": payment.pan_tail, "amount": _number(payment.cents),
                      "auth_code": payment.auth_code, "rrn": payment.rrn}
                     for payment in receipt.payments],
        "loyalty": [{"title": "flybuys", "description": "Loyalty ID: ************" + receipt.flybuys[-4:]}]
                   if receipt.flybuys else [],
        "returns": {"return_barcode": receipt.barcode, "return_period": receipt.return_days,
                    "return_policy_text": receipt.return_policy},
    }


# ---- warehouse -----------------------------------------------------------------------------
def warehouse(receipt):
    """One row a sale, also for what no partner gets."""
    return {
        "RECEIPT_ID": receipt.id, "CHANNEL": receipt.channel, "TXN_TYPE": receipt.type,
        "ISSUED_AT": f"{receipt.issued.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S}",
        "STORE_NO": receipt.store["number"] if receipt.store else None, "ITEM_COUNT": len(receipt.items),
        "TOTAL": money.text(receipt.total), "GST": money.text(receipt.gst),
        "TO_ONEPASS": receipt.for_onepass, "TO_SLYP": receipt.for_slyp, "PAYLOAD": receipt.source,
    }


TARGETS = {"onepass": onepass, "slyp": slyp, "warehouse": warehouse}


def expected(target, sale):
    return TARGETS[target](neutral(sale))
