"""The texts, numbers and literals that cases are made of; each list has the limits of its type and what is beyond them."""

# NFC and NFD spellings of one letter, two spellings of K and of the Angstrom sign: different texts for Cedar.
TEXTS = [
    "", "a", "ab", "abc", "aab", "A", "a*c", "*", "**", "\\", '"', "'", "\n", "\r\n", "\t", "\0", "\x7f", " ", "//x",
    "caf\u00e9", "cafe\u0301", "K", "\u212a", "\u00c5", "A\u030a", "\u212b", "\ud7a4", "\uffff", "\U0001f600",
    "\U0001f468\u200d\U0001f469", "a\u200b", "\u202e", "\ufeff", "\u0131", "\u1e9e", "\U0010ffff", "permit", "?principal",
]
IDS = ["a", "b", "c", "e\u0301", "\u00e9", 'x "y"', "\U0001f600", ""]
NAMES = ["a", "b", "c", "n", "name", "owner", "a b", "\u00e9", "e\u0301", "", "if", "in", "__cedar", "principal", "A", "id"]
INTEGERS = [
    0, 1, -1, 2, 3, 7, 10, -10, 1000, 2**31, 2**32, 2**62, -(2**62), 2**63 - 1, 2**63 - 2, -(2**63), -(2**63) + 1, 3037000500,
]
DECIMALS = ["0.0", "1.0", "1.00", "-1.5", "0.0001", "-0.0001", "-0.0", "00.5", "922337203685477.5807", "-922337203685477.5808"]
ADDRESSES = [
    "1.2.3.4", "1.2.3.0/24", "10.0.0.0/8", "10.1.1.1", "0.0.0.0/0", "127.0.0.1", "127.0.0.0/7", "255.255.255.255/32", "::",
    "::1", "::/0", "::1/127", "ff00::/8", "fe80::1/64", "2001:db8::/32", "224.0.0.1", "224.0.0.0/4", "1:2:3:4:5:6:7:8",
]
DATETIMES = [
    "1970-01-01", "2024-02-29", "2024-01-01T00:00:00Z", "2024-01-01T23:59:59.999+0130", "1969-12-31T23:59:59.999Z",
    "9999-12-31", "0000-01-01", "2024-01-01T00:00:00-2359", "1900-03-01T00:00:00.001Z", "2024-12-31T23:59:59Z",
]
DURATIONS = [
    "0s", "1d", "-1d", "1d2h3m4s5ms", "-1ms", "3600s", "9223372036854775807ms", "-9223372036854775808ms",
    "106751991167d", "90m", "-0ms", "00001h",
]
LITERALS = {"decimal": DECIMALS, "ipaddr": ADDRESSES, "datetime": DATETIMES, "duration": DURATIONS}
CONSTRUCTORS = {"decimal": "decimal", "ipaddr": "ip", "datetime": "datetime", "duration": "duration"}
# Texts that a constructor refuses.
NO_LITERALS = {
    "decimal": ["1", "1.", ".5", "1.00001", "922337203685477.5808", "-922337203685477.5809", "x", "", "+1.0", "1.0 ", "1_0.0"],
    "ipaddr": [
        "1.2.3.4/33", "::ffff:1.2.3.4", "01.2.3.4", "1:2:3:4:5:6:7::8:9", "x", "", "1.2.3", "::/129", "1.2.3.4/08", "1.2.3.4/",
    ],
    "datetime": [
        "2023-02-29", "2024-01-01T24:00:00Z", "2024-13-01", "24-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00:60Z", "bad", "",
        "2024-01-01T00:00:00+2400", "2024-01-01T00:00:00.1Z", "2024-01-01t00:00:00Z", "10000-01-01",
    ],
    "duration": [
        "", "-", "1", "1m1h", "1h1h", "106751991168d", "9223372036854775808ms", "-9223372036854775809ms", "1.5h", "1 h", "+1h",
    ],
}
PATTERN_PARTS = ["a", "b", "ab", "*", "*", "**", "\\*", "c", "\u00e9", "e\u0301", "\U0001f600", "?", "\\u{61}", "\\n", "\\\\"]


def quoted(rng, text):
    """The text as a Cedar string, in one of its spellings."""
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
    spelled = rng.random() < 0.3

    def spell(char):
        if char in '"\\' or (char in named and rng.random() < 0.7):
            return named[char]
        if char == "\r" or (spelled and rng.random() < 0.5) or char in "\ufeff\u202e":
            return "\\u{%s}" % (format(ord(char), rng.choice(("x", "X", "04x"))))
        return char

    return '"' + "".join(map(spell, text)) + '"'


def is_identifier(name):
    """Whether a name can stand after a dot."""
    reserved = ("true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar")
    return name.isascii() and name.isidentifier() and name not in reserved
