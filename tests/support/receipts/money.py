"""Money is integer cents; text only at the edges."""


def gst(cents):
    """The tax inside a tax-inclusive amount: one eleventh, half away from zero."""
    magnitude = (2 * abs(cents) + 11) // 22
    return magnitude if cents >= 0 else -magnitude


def text(cents):
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def cents(decimal):
    whole, _, fraction = decimal.lstrip("-").partition(".")
    value = int(whole) * 100 + int(fraction)
    return -value if decimal.startswith("-") else value
