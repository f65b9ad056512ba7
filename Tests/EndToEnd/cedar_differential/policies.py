"""Random policies: mostly such as a schema allows, with some ill-typed ones among them, always well-formed text."""
from cedar_differential import pools
from cedar_differential.schemas import ATOMS, BOOL, LONG, STRING, Atom, EntityOf, RecordOf, SetOf

DECIMAL, IP, DATETIME, DURATION = (Atom(name) for name in ("decimal", "ipaddr", "datetime", "duration"))
ORDER = ["<", "<=", ">", ">="]
UNITS = ["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"]


class Expressions:
    """Expressions for one action with one type of principal and resource; `wild` is how often a type is wrong."""

    def __init__(self, rng, schema, action, principal, resource, wild):
        self.rng, self.schema, self.wild = rng, schema, wild
        self.guards, self.paths, self.tags = [], {}, []
        self.walk("principal", EntityOf(principal), (), 3)
        self.walk("resource", EntityOf(resource), (), 3)
        self.walk("action", EntityOf(action.type), (), 0)
        self.walk("context", action.context, (), 3)

    def walk(self, text, kind, guards, depth):
        """Notes what can be reached from `text`, with what has to be asked before."""
        self.paths.setdefault(kind, []).append((text, guards))
        if isinstance(kind, EntityOf) and kind.type in self.schema.entities and self.schema.entities[kind.type].tags:
            self.tags.append((text, guards, self.schema.entities[kind.type].tags))
        if depth == 0:
            return
        for name, is_required, field in self.schema.attributes(kind):
            asked = guards if is_required else (*guards, f"{text} has {self.key(name)}")
            self.walk(self.access(text, name), field, asked, depth - 1)

    def key(self, name):
        return name if pools.is_identifier(name) and self.rng.random() < 0.8 else pools.quoted(self.rng, name)

    def access(self, text, name):
        return f"{text}.{name}" if pools.is_identifier(name) and self.rng.random() < 0.8 else f"{text}[{pools.quoted(self.rng, name)}]"

    # MARK: Types

    def of(self, kind, depth):
        """An expression of a type; sometimes of another one."""
        if self.rng.random() < self.wild:
            kind = self.some_type()
        options = [self.literal]
        if kind in self.paths:
            options += [self.path] * 3
        if depth > 0:
            options += [self.compound] * 2 + [self.conditional]
        return self.rng.choice(options)(kind, depth)

    def some_type(self):
        among = list(self.paths)
        return self.rng.choice(ATOMS if self.rng.random() < 0.5 else among)

    def path(self, kind, _):
        text, guards = self.rng.choice(self.paths[kind])
        return self.guarded(text, guards)

    def guarded(self, text, guards):
        if self.rng.random() >= self.wild:
            self.guards += guards
        return text

    def conditional(self, kind, depth):
        test = self.boolean(depth - 1)
        return f"(if {test} then {self.of(kind, depth - 1)} else {self.of(kind, depth - 1)})"

    def literal(self, kind, depth):
        rng = self.rng
        if kind == BOOL:
            return rng.choice(("true", "false"))
        if kind == LONG:
            return str(rng.choice(pools.INTEGERS))
        if kind == STRING:
            return pools.quoted(rng, rng.choice(pools.TEXTS))
        if isinstance(kind, EntityOf):
            return self.uid(kind.type)
        if isinstance(kind, SetOf):
            return "[" + ", ".join(self.of(kind.element, depth - 1) for _ in range(rng.choice((1, 1, 2, 3)))) + "]"
        if isinstance(kind, RecordOf):
            fields = [f"{self.key(name)}: {self.of(of, depth - 1)}" for name, needed, of in kind.fields if needed or rng.random() < 0.5]
            return "{" + ", ".join(fields) + "}"
        among = pools.NO_LITERALS if rng.random() < self.wild else pools.LITERALS
        return f"{pools.CONSTRUCTORS[kind.name]}({pools.quoted(rng, rng.choice(among[kind.name]))})"

    def uid(self, name):
        kind, rng = self.schema.entities.get(name), self.rng
        if name.endswith("Action"):
            return self.action_uid(rng.choice(self.schema.actions))
        ids = kind.ids if kind and kind.ids and rng.random() > self.wild else pools.IDS[:4]
        return f"{name}::{pools.quoted(rng, rng.choice(ids))}"

    def action_uid(self, action):
        return f"{action.type}::{pools.quoted(self.rng, action.id)}"

    def compound(self, kind, depth):
        """An operator or method that gives this type."""
        rng, less = self.rng, depth - 1
        tagged = [(text, guards) for text, guards, tags in self.tags if tags == kind]
        if tagged and rng.random() < 0.4:
            text, guards = rng.choice(tagged)
            key = pools.quoted(rng, rng.choice(pools.NAMES))
            return self.guarded(f"{text}.getTag({key})", (*guards, f"{text}.hasTag({key})"))
        if kind == BOOL:
            return self.boolean(depth)
        if kind == LONG:
            return rng.choice((
                lambda: f"({self.of(LONG, less)} {rng.choice('+-*')} {self.of(LONG, less)})",
                lambda: f"-({self.of(LONG, less)})",
                lambda: f"{self.of(DURATION, less)}.{rng.choice(UNITS)}()",
            ))()
        if kind == DATETIME:
            return rng.choice((
                lambda: f"{self.of(DATETIME, less)}.offset({self.of(DURATION, less)})",
                lambda: f"{self.of(DATETIME, less)}.toDate()",
            ))()
        if kind == DURATION:
            return rng.choice((
                lambda: f"{self.of(DATETIME, less)}.durationSince({self.of(DATETIME, less)})",
                lambda: f"{self.of(DATETIME, less)}.toTime()",
            ))()
        return self.literal(kind, depth)

    # MARK: Booleans

    def boolean(self, depth):
        """A test, behind the questions whether the attributes and tags are there that it reads."""
        outer, self.guards = self.guards, []
        text = self.rng.choice(self.LEAVES if depth <= 0 else self.TESTS)(self, depth)
        guards, self.guards = list(dict.fromkeys(self.guards)), outer
        return f"({' && '.join([*guards, text])})" if guards else text

    def entity_type(self):
        return self.rng.choice([kind for kind in self.paths if isinstance(kind, EntityOf)] or [EntityOf("E0")])

    def set_type(self):
        known = [kind for kind in self.paths if isinstance(kind, SetOf)]
        return self.rng.choice(known) if known and self.rng.random() < 0.7 else SetOf(self.some_type())

    def both(self, depth):
        return f"({self.boolean(depth - 1)} && {self.of(BOOL, depth - 1)})"

    def either(self, depth):
        return f"({self.boolean(depth - 1)} || {self.of(BOOL, depth - 1)})"

    def negated(self, depth):
        return f"{self.rng.choice(('!', '!', '!!'))}({self.of(BOOL, depth - 1)})"

    def equal(self, depth):
        kind = self.some_type()
        return f"({self.of(kind, depth - 1)} {self.rng.choice(('==', '!='))} {self.of(kind, depth - 1)})"

    def ordered(self, depth):
        kind = self.rng.choice((LONG, LONG, DATETIME, DURATION))
        return f"({self.of(kind, depth - 1)} {self.rng.choice(ORDER)} {self.of(kind, depth - 1)})"

    def within(self, depth):
        member, container = self.entity_type(), self.entity_type()
        if self.rng.random() < 0.6:
            return f"({self.of(member, depth - 1)} in {self.of(container, depth - 1)})"
        among = ", ".join(self.of(container, depth - 1) for _ in range(self.rng.choice((1, 1, 2, 3))))
        return f"({self.of(member, depth - 1)} in [{among}])"

    def typed(self, depth):
        kind = self.rng.choice([*self.schema.entities, self.entity_type().type])
        container = f" in {self.of(self.entity_type(), depth - 1)}" if self.rng.random() < 0.4 else ""
        return f"({self.of(self.entity_type(), depth - 1)} is {kind}{container})"

    def has(self, depth):
        """Looks for an attribute, or for one of an attribute."""
        among = [kind for kind in self.paths if isinstance(kind, (EntityOf, RecordOf))]
        kind = self.some_type() if self.rng.random() < self.wild else self.rng.choice(among)
        names = [name for name, _, _ in self.schema.attributes(kind)] or pools.NAMES
        name = self.rng.choice(names if self.rng.random() < 0.8 else pools.NAMES)
        if not pools.is_identifier(name) or self.rng.random() < 0.6:
            return f"({self.of(kind, depth - 1)} has {self.key(name)})"
        path = [name, *(self.rng.choice(("a", "b", "name", "owner")) for _ in range(self.rng.randint(1, 2)))]
        return f"({self.of(kind, depth - 1)} has {'.'.join(path)})"

    def like(self, depth):
        pattern = "".join(self.rng.choice(pools.PATTERN_PARTS) for _ in range(self.rng.randint(0, 5)))
        return f'({self.of(STRING, depth - 1)} like "{pattern}")'

    def contains(self, depth):
        kind = self.set_type()
        if self.rng.random() < 0.5:
            return f"{self.of(kind, depth - 1)}.contains({self.of(kind.element, depth - 1)})"
        return f"{self.of(kind, depth - 1)}.{self.rng.choice(('containsAll', 'containsAny'))}({self.of(kind, depth - 1)})"

    def empty(self, depth):
        return f"{self.of(self.set_type(), depth - 1)}.isEmpty()"

    def tagged(self, depth):
        return f"{self.of(self.entity_type(), depth - 1)}.hasTag({self.of(STRING, depth - 1)})"

    def decimals(self, depth):
        method = self.rng.choice(("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"))
        return f"{self.of(DECIMAL, depth - 1)}.{method}({self.of(DECIMAL, depth - 1)})"

    def addresses(self, depth):
        if self.rng.random() < 0.5:
            return f"{self.of(IP, depth - 1)}.isInRange({self.of(IP, depth - 1)})"
        return f"{self.of(IP, depth - 1)}.{self.rng.choice(('isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'))}()"

    def plain(self, depth):
        return self.path(BOOL, depth) if BOOL in self.paths else self.literal(BOOL, depth)

    LEAVES = [equal, ordered, within, typed, has, like, contains, tagged, decimals, addresses, plain]
    TESTS = [*LEAVES, both, both, either, either, negated, equal, ordered, empty, plain]


class Policies:
    """Policies and templates with their links. Links are named by the ids that `@id` gives to templates."""

    def __init__(self, rng, schema, values, wild):
        self.rng, self.schema, self.values, self.wild = rng, schema, values, wild

    def sets(self):
        """The texts of some policies, and links."""
        rng = self.rng
        texts = [self.policy() for _ in range(rng.choice((1, 1, 2, 3, 4, 6)))]
        links = []
        for number in range(rng.choice((0, 0, 0, 1, 2))):
            text, made = self.template(f"t{number}")
            texts.insert(rng.randint(0, len(texts)), text)
            links += made
        return texts, links

    def policy(self):
        action, principal, resource = self.values.environment()
        scopes = self.scope("principal", principal), self.action(action), self.scope("resource", resource)
        return self.written(self.annotations(), scopes, Expressions(self.rng, self.schema, action, principal, resource, self.wild))

    def template(self, name):
        rng = self.rng
        action, principal, resource = self.values.environment()
        kinds = rng.choice((("principal",), ("resource",), ("principal", "resource")))
        scopes = [self.scope("principal", principal), self.action(action), self.scope("resource", resource)]
        slots = {}
        for index, variable, kind in ((0, "principal", principal), (2, "resource", resource)):
            if variable in kinds:
                scopes[index], slots[f"?{variable}"] = self.slot(variable, kind)
        text = self.written(f'@id("{name}")\n', scopes, Expressions(rng, self.schema, action, principal, resource, self.wild))
        links = [
            {"template_id": name, "new_id": f"{name} link{number}", "values": {slot: self.values.uid(kind) for slot, kind in slots.items()}}
            for number in range(rng.choice((0, 1, 2)))
        ]
        return text, links

    def written(self, annotations, scopes, expressions):
        rng = self.rng
        text = f"{annotations}{rng.choice(('permit', 'permit', 'forbid'))} ({', '.join(scopes)}{rng.choice(('', '', ','))})"
        for _ in range(rng.choice((0, 1, 1, 1, 2))):
            body = expressions.boolean(rng.randint(0, 4))
            if rng.random() < self.wild / 2:
                body = expressions.of(expressions.some_type(), 2)
            text += f"\n{rng.choice(('when', 'when', 'unless'))} {{ {body} }}"
        return text + ";" + rng.choice(("", "", " // \u00e9 e\u0301 \U0001f600"))

    def annotations(self):
        rng = self.rng
        value = pools.quoted(rng, rng.choice(pools.TEXTS))
        return rng.choice(("", "", "", f"@note({value})\n", "@if\n", f"@advice({value}) @principal\n"))

    def known(self, kind):
        """A type to write into a scope: this one, now and then another."""
        return self.rng.choice([*self.schema.entities, "E9"]) if self.rng.random() < self.wild else kind

    def container(self, kind):
        among = [*self.schema.ancestors(kind), kind]
        uid = self.values.uid(self.rng.choice(among))
        return f"{uid['type']}::{pools.quoted(self.rng, uid['id'])}"

    def scope(self, variable, kind):
        rng = self.rng
        kind = self.known(kind)
        if kind not in self.schema.entities:
            return f"{variable} is {kind}"
        equal = self.values.uid(kind)
        return rng.choice((
            variable, variable, f"{variable} is {kind}", f"{variable} is {kind}", f"{variable} is {kind}", f"{variable} in {self.container(kind)}",
            f"{variable} == {equal['type']}::{pools.quoted(rng, equal['id'])}", f"{variable} is {kind} in {self.container(kind)}",
        ))

    def slot(self, variable, kind):
        """A scope with a slot, and a type that can fill it."""
        rng = self.rng
        inside = rng.choice([*self.schema.ancestors(kind), kind])
        return rng.choice((
            (f"{variable} == ?{variable}", kind), (f"{variable} in ?{variable}", inside),
            (f"{variable} is {kind} in ?{variable}", inside),
        ))

    def action(self, action):
        rng = self.rng
        action = rng.choice(self.schema.actions) if rng.random() < self.wild else action
        uid = f"{action.type}::{pools.quoted(rng, action.id)}"
        others = [f"{other.type}::{pools.quoted(rng, other.id)}" for other in rng.sample(self.schema.actions, rng.randint(0, 2))]
        return rng.choice((
            f"action == {uid}", f"action == {uid}", f"action == {uid}", f"action in {uid}", f"action in [{', '.join([uid, *others])}]",
            "action", 'action in Action::"all"', f"action in [{', '.join(others)}]",
        ))
