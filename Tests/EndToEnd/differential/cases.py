"""Argument texts on which JSON readers are known, or likely, to differ: a table of name, text and what must become of it.

`kept`: forwarded with the same meaning to every reader. `refused`: nothing may reach the upstream. Nothing is left open.
"""
import itertools
import json

KEPT, REFUSED = "kept", "refused"
E_ACUTE, E_COMBINED = "\u00e9", "e\u0301"


def member(value):
    return value if isinstance(value, bytes) else f'{{"v":{value}}}'.encode()


def table(fate, prefix, texts):
    """Values stand alone in a member; what starts with a brace is the whole object."""
    return [(f"{prefix}: {text[:40]!r}", text if isinstance(text, bytes) else (
        text.encode("utf-8", "surrogatepass") if text.startswith("{") else member(text)), fate) for text in texts]


# MARK: numbers

NUMBERS_KEPT = [
    "0", "-0", "0.0", "-0.0", "0e0", "0E5", "-0e-5", "1", "1.0", "1.00", "1.10", "10e-1", "1e0", "1E0", "1e+0", "1e-0", "1e00",
    "1e007", "100000", "1e5", "0.1", "0.10", "1e-7", "1e21", "1e22", "123456789012345", "-123456789012345", "0.000001",
    "900.00", "900.0", "9e2", "0.1e1", "1.5", "1.50e1", "9007199254740991", "-9007199254740991", "9007199254740992",
    "4294967296", "2147483648", "1e308", "1.7976931348623157e308", "5e-324", "2.2250738585072014e-308",
    "0.30000000000000004", "1" + "0" * 20, "0." + "0" * 50 + "1", "1" + "0" * 63, "0e999999999999",
]
NUMBERS_REFUSED = [
    # No double is this number: a reader with doubles would act on another one.
    "9007199254740993", "-9007199254740993", "12345678901234567890", "18446744073709551616", "99999999999999999999",
    "0.1000000000000000055511151231257827", "1.00000000000000001", "1e400", "-1e400", "1e-400", "1.8e308", "1e999999999",
    "2.4703282292062327e-324", "123456789012345678", "100000000000000000001", "0.12345678901234567890", "9" * 65,
    # No number of the grammar.
    "01", "-01", "00", "+1", ".5", "5.", "1.e1", "1e", "1e+", "-", "--1", "0x10", "0b1", "0o7", "1_000", "1,5", "1f", "1n",
    "NaN", "-NaN", "Infinity", "-Infinity", "inf", "nan", "1e1.5", "1E+-1", "1.2.3", "- 1", "1 2", "\u0661", "\uff11", "\u22121",
    "1e٣", "00.5", "-.5", "0e", "0.e1", "1e 5", "0x", "1L", "1.0d", "½",
]

# MARK: strings

STRINGS_KEPT = [
    '""', '"a"', r'"\u0000"', r'"a\u0000b"', r'"\u0061"', r'"\/"', '"/"', r'"\b\f\n\r\t\"\\"', r'"\u0008\u001f"', '"\x7f"',
    r'"\ud83d\ude00"', r'"\uD83D\uDE00"', '"😀"', r'"\u2028\u2029"', '"\u2028\u2029"', r'"\ufeff"', '"\ufeff"',
    r'"\ufffe\uffff"', '"\uffff"', '"\U0010ffff"', r'"\udbff\udfff"', f'"{E_ACUTE}"', f'"{E_COMBINED}"', '"\u200b\u202e"',
    '"\u0130\u0131\u017f\u212a"', '"ﬀ"', '"\u1e9e"', r'"</script>"', '"<!--"', '"${jndi:x}"', '"\ue000"', '"\u0080\u009f"',
    '"' + "a" * 10_000 + '"', '"' + "é" * 5_000 + '"', r'"\\u0061"', r'"\\\\"', r'"\\\""', '"\'"', '"`"', '"//"', '"/* */"',
    r'"\u003c\u003e\u0026"', '"null"', '"NaN"', '"1e400"', '" "', r'"\u0020"', '"__proto__"', '"a\U00010000b"',
]
STRINGS_REFUSED = [
    r'"\ud800"', r'"\udc00"', r'"\ud800\ud800"', r'"\ude00\ud83d"', r'"\ud83d"', r'"\ud83dx"', r'"\ud83d\u0041"', r'"x\udfff"',
    r'"\ud83d\n"', r'"\uD8"', r'"\u"', r'"\u00"', r'"\u12g4"', r'"\u+061"', r'"\u 061"', r'"\x41"', r'"\a"', r'"\v"', r'"\0"',
    r'"\e"', r'"\'"', r'"\U0001F600"', r'"\u{61}"', '"\n"', '"\t"', '"\r"', '"\x00"', '"\x1f"', '"\\\n"', "'a'", "`a`", '"a', 'a"',
    "a", '"a" "b"', '"a"b', "“a”", r'"\N{DASH}"', '"""a"""',
]
BYTES_REFUSED = [b'{"v":"' + text + b'"}' for text in [
    b"\xff", b"\xfe\xff", b"\x80", b"\xbf", b"\xc0\xaf", b"\xc1\xbf", b"\xc3", b"\xc3\x28", b"\xe0\x80\xaf", b"\xe0\x9f\xbf",
    b"\xe2\x82", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf0\x80\x80\xaf", b"\xf0\x8f\xbf\xbf",
    b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xf0\x9f\x98", b"\xe9",
    b"a\xf0b", b"\xe2\x28\xa1",
]] + [
    b'{"\xff":1}', b'{"\xed\xa0\x80":1}', b'{"\xc0\x80":1}', b'\xef\xbb\xbf{"v":1}', b'{\xef\xbb\xbf"v":1}', b'{"v":\xef\xbb\xbf1}',
    b'{"v":1}\xef\xbb\xbf', b'{"v":1}\x00', b'\x00{"v":1}', b'{\x00"v":1}', b'{"v":\x001}', b'{"v":1\x00}', b'{"v":\xa01}',
    '{"v":\u00a01}'.encode(), '{"v":\u20281}'.encode(), '{"v":\u30001}'.encode(), '{"v":\u200b1}'.encode(), b'{"v":\x0b1}', b'{"v":\x0c1}',
    b'{"v":\x851}', '{"v":1}'.encode("utf-16-le"), '{"v":1}'.encode("utf-16"), '{"v":1}'.encode("utf-32-be"), b'{"v":\x1b1}', b"\x1f\x8b\x08",
]

# MARK: keys

DUPLICATES = [("a", "a"), ("a", r"\u0061"), (r"\u0061", r"\u0061"), ("é", r"\u00e9"), ("😀", r"\ud83d\ude00"),
              (r"\uD83D\uDE00", r"\ud83d\ude00"), ("/", r"\/"), (r"\n", r"\u000a"), ("", ""), (r"\"", r"\u0022"),
              (r"\\", r"\u005c"), ("amount", r"am\u006funt"), ("\u2028", r"\u2028"), ("k" * 300, "k" * 300), ("__proto__", "__proto__")]
LOOKALIKES = [(E_ACUTE, E_COMBINED), ("a", "A"), ("amount", "Amount"), ("amount", "amount "), ("amount", "\u0430mount"),
              ("k", "\u212a"), ("s", "\u017f"), ("i", "\u0131"), ("a", "\uff41"), ("ss", "\u00df"), ("fi", "\ufb01"),
              ("a", "a\u200b"), ("a", "a\u0301"), ("\u212b", "\u00c5"), ("1", "01"), ("1", "1.0"), ("a", r"\\u0061"), ("", " "),
              ("a", r"a\n"), ("\u1e9b\u0323", "\u1e69"), ("\u03a9", "\u2126"), ("\uac00", "\u1100\u1161")]
SHAPES = ['{"%s":1,"%s":2}', '{"x":{"%s":1,"%s":1}}', '{"x":[{"%s":[],"y":0,"%s":{}}]}']
MANY = ",".join(f'"k{i}":{i}' for i in range(40))
KEYS_KEPT = [
    '{}', '{ }', '{"":0}', '{"b":1,"a":2}', '{"2":1,"1":2,"10":3}', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":1}}',
    '{"toString":1,"valueOf":2,"length":3}', '{"\ue000":1,"\U0001f600":2}', '{"name":"delete_vendor","arguments":{}}',
    '{"_meta":{"x":1},"jsonrpc":"1.0","method":"x","params":{}}', '{"' + "k" * 20_000 + '":1}', '{"' + "é" * 9_000 + '":1}', "{" + MANY + "}",
    '{"a.b":1,"a":{"b":2}}', '{"a/b":1,"a~1b":2}', '{"$ref":"#/a"}', '{"\ufeffa":1}', r'{"\ud83d\ude00":1}', '{"NaN":1}', '{"null":null}',
    '{"a":1,"aa":2,"aaa":3}', '{"aaaaaaaa":1,"aaaaaaab":2}', '{"00000000a":1,"00000000b":2}', "{" + ",".join(f'"{"p" * i}":{i}' for i in range(1, 60)) + "}",
]
KEYS_REFUSED = [
    r'{"\u0000":1}', r'{"a\u0000":1,"a":2}', r'{"a\u0000b":1}', "{" + MANY + ',"k7":1}', "{" + MANY + r',"\u006b39":1}', '{"\ud800":1}', r'{"\ud800":1}',
    "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{true:1}", '{"a"}', '{"a":}', '{:1}', '{"a" 1}', '{"a"=1}', '{"a"=>1}', '{"a"::1}', '{["a"]:1}', '{"a":1 "b":2}',
    '{"a":1;"b":2}', '{"a":1,,"b":2}', '{,"a":1}', '{"a":1,}', "{,}", '{"a":1}}', '{"a":1', '{"a":[1}', '{"a":1]', '{"a":1}{"b":2}', '{"a":1},{"b":2}', '{"a":1} x',
]

# MARK: structure

VALUES_KEPT = [
    "null", "true", "false", "[]", "[ ]", "{}", "[null]", "[[]]", "[{}]", "[1,2,3]", "[ 1 , 2 ]", "\t\n\r 1 \t\n\r", "[1,1.0,1e0]", "[true,false,null]",
    "[" * 20 + "]" * 20, '{"a":' * 20 + "1" + "}" * 20, "[" * 61 + "]" * 61, "[" + "0," * 5_000 + "0]", '[{"a":1},{"a":2}]', '[[1],[1]]', '["a",["a"],{"a":"a"}]',
]
VALUES_REFUSED = [
    "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1;2]", "[", "]", "[1", "1]", "(1)", "<1>", "", " ", ",", ":", "True", "False", "None", "TRUE", "nULL", "Null", "nil", "undefined",
    "truee", "tru", "nul", "nulll", "true false", "1 // c", "/* c */ 1", "1 # c", "-- 1", "<!-- --> 1", "1 /**/", "//\n1", "new Date()", "function(){}", "/a/", "[...a]", "@1", "$1", "&a 1", "*a", "!!int 1",
    "[" * 62 + "]" * 62, "[" * 200 + "]" * 200, "[" * 2_000 + "]" * 2_000, '{"a":' * 70 + "1" + "}" * 70, "[" * 1_000, "{" * 1_000, '[{"a":' * 40 + "1" + "}]" * 40, "}", "{", "1}{", "[1}", "{1]",
]


def duplicates():
    for (one, other), shape in itertools.product(DUPLICATES, SHAPES):
        yield f"duplicate {one[:12]!r} {other[:12]!r} {SHAPES.index(shape)}", (shape % (one, other)).encode(), REFUSED


def lookalikes():
    for (one, other), shape in itertools.product(LOOKALIKES, SHAPES[:2]):
        yield f"lookalike {one!r} {other!r} {SHAPES.index(shape)}", (shape % (one, other)).encode(), KEPT


def places():
    """Numbers where another code path may see them: in arrays, as first and last member, beside whitespace and escapes."""
    for number, shape in itertools.product(["-0", "1.0", "1e0", "0.10", "100", "1E2"],
                                           ["[%s]", "[%s,%s]", '{"a":%s,"b":%s}', '[ %s ]', r'{"\u0061":%s}', '[[%s],{"x":[%s]}]']):
        text = shape.replace("%s", number)
        yield f"place {text!r}", member(text), KEPT


def unique(cases):
    names = {}
    for name, text, fate in cases:
        names[name] = names.get(name, 0) + 1
        yield (name if names[name] == 1 else f"{name} #{names[name]}"), text, fate


CASES = list(unique([
    *table(KEPT, "number", NUMBERS_KEPT), *table(REFUSED, "number", NUMBERS_REFUSED),
    *table(KEPT, "string", STRINGS_KEPT), *table(REFUSED, "string", STRINGS_REFUSED), *table(REFUSED, "bytes", BYTES_REFUSED),
    *table(KEPT, "keys", KEYS_KEPT), *table(REFUSED, "keys", KEYS_REFUSED),
    *table(KEPT, "value", VALUES_KEPT), *table(REFUSED, "value", VALUES_REFUSED),
    *duplicates(), *lookalikes(), *places(),
]))
assert len(CASES) >= 300 and len({name for name, _, _ in CASES}) == len(CASES)
