"""The product range: 200 invented articles, the same ones at every call."""
import csv
import io
import random
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

SEED = 20260314
COUNT = 200
INACTIVE = {60, 161}
CHANGE_OF_MIND_DAYS = 365


@dataclass(frozen=True)
class Range:
    department: str
    category: str
    articles: tuple
    gst_code: str = "G"  # G taxable, F free, N out of scope
    min_age: int = 0
    returnable: bool = True


RANGES = (
    Range("Apparel", "Kids tees", ("Kids Tee", "Kids Hoodie", "Kids Shorts")),
    Range("Apparel", "Womens", ("Linen Shirt", "Wide Leg Pants", "Rib Tank")),
    Range("Home", "Kitchen", ("Saucepan 20cm", "Stoneware Mug", "Air Fryer 5L")),
    Range("Home", "Knives", ("Chef Knife 20cm", "Utility Knife"), min_age=18),
    Range("Home", "Decor", ("Café Stool", "Crème Cushion", "Naïve Art Print")),
    Range("Toys", "Games", ("Building Blocks 120pc", "Puzzle 1000pc", "Plush Koala")),
    Range("Tech", "Video games", ("Console Game MA15+", "Console Game R18+"), min_age=15),
    Range("Hardware", "Paint", ("Spray Paint Matte Black",), min_age=18, returnable=False),
    Range("Grocery", "Basics", ("Full Cream Milk 2L", "Plain Flour 1kg", "Infant Formula 900g"), gst_code="F", returnable=False),
    Range("Health", "Sun care", ("Sunscreen SPF50+ 1L", "Reef-safe Sunscreen"), gst_code="F", returnable=False),
    Range("Gift", "Gift cards", ("Gift Card",), gst_code="N", returnable=False),
)
COLOURS = ("Black", "White", "Blue", "Sage", "Rosé", "Grège")
SIZES = ("6", "8", "10", "12", "S", "M", "L", "XL")
PRICES = (100, 200, 350, 450, 600, 799, 1200, 1500, 2000, 2900, 4900, 8900)
BRANDS = ("Anvil & Oak", "Home Co", "Tiny Tribe", "Active+", "Café Lane")
PLAIN = {"Grocery", "Health", "Gift"}  # departments without colours
SPECIAL_NAMES = {17: 'Quote "Carpe Diem" Sign, 30cm', 42: "抹茶 Matcha Set 🍵", 99: "L’Été Candle; fig & thyme | 200g"}


@dataclass(frozen=True)
class Product:
    """The columns of the reference table, in its order."""

    sku: str
    ean: str
    name: str
    description: str
    brand: str
    department: str
    category: str
    colour: str
    size: str
    price_cents: int
    gst_code: str
    min_age: int
    returnable: str
    return_days: int
    image_url: str
    updated_at: str
    active: str


COLUMNS = tuple(field.name for field in fields(Product))


def ean13(twelve_digits):
    weighted = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(twelve_digits))
    return twelve_digits + str(-weighted % 10)


def _product(index, rnd):
    family = RANGES[index % len(RANGES)]
    article = family.articles[index // len(RANGES) % len(family.articles)]
    colour = "" if family.department in PLAIN else COLOURS[rnd.randrange(len(COLOURS))]
    size = SIZES[rnd.randrange(len(SIZES))] if family.department == "Apparel" else ""
    sku = str(43000000 + index * 137 + rnd.randrange(100))
    price = rnd.choice(PRICES)
    ean = ean13(f"93{rnd.randrange(10**10):010d}")
    brand = rnd.choice(BRANDS)
    parts = [article] + ([colour] if colour else []) + ([f"Size {size}"] if size else [])
    name = SPECIAL_NAMES.get(index, " ".join(parts))
    care = " Keep away from heat.\nSee label." if family.category == "Paint" else ""
    return Product(
        sku=sku,
        ean=ean,
        name=name,
        description=f"{name}. {family.category} range.{care}",
        brand=brand,
        department=family.department,
        category=family.category,
        colour=colour,
        size=size,
        price_cents=price,
        gst_code=family.gst_code,
        min_age=18 if "R18" in article else family.min_age,
        returnable="Y" if family.returnable else "N",
        return_days=CHANGE_OF_MIND_DAYS if family.returnable else 0,
        image_url=f"https://img.example.com/p/{sku}.jpg",
        updated_at=f"{datetime(2026, 2, 1) + timedelta(minutes=index // 3):%Y-%m-%d %H:%M:%S}",
        active="N" if index in INACTIVE else "Y",
    )


def _all():
    rnd = random.Random(SEED)
    return [_product(index, rnd) for index in range(COUNT)]


PRODUCTS = _all()
ACTIVE = [product for product in PRODUCTS if product.active == "Y"]
BY_SKU = {product.sku: product for product in PRODUCTS}


def as_csv():
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(product, column) for column in COLUMNS] for product in PRODUCTS)
    return text.getvalue()
