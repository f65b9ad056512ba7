"""Entities, requests and their values as JSON: such as fit a schema, and such as nearly do."""
from cedar_differential import pools
from cedar_differential.schemas import ATOMS, BOOL, LONG, STRING, EntityOf, RecordOf, SetOf

# Values that no type has, or that only look like an escape.
ODD = [
    None, 1.5, -0.0, 2**63, -(2**63) - 1, 2**70, [], {}, [None], [1, "a"], {"a": 1}, {"__entity": {"type": "E0", "id": "a"}},
    {"type": "E0", "id": "a"}, {"type": "Action", "id": "all"}, {"type": "in", "id": "a"}, {"type": " E0", "id": "a"},
    {"type": "E0", "id": 1}, {"__entity": {"type": "E0"}}, {"__entity": {"type": "E0", "id": "a", "x": None}}, {"__entity": 1},
    {"__entity": {"type": "E0", "id": "a"}, "x": 1}, {"__extn": {"fn": "decimal", "arg": "1.0"}}, {"fn": "ip", "arg": "::1"},
    {"__extn": {"fn": "decimal", "args": ["1.0"]}}, {"__extn": {"fn": "decimal", "arg": 1}}, {"__extn": {"fn": "nope", "arg": "x"}},
    {"__extn": {"fn": "ip", "arg": "x"}}, {"__extn": {"fn": "isIpv4", "args": [{"__extn": {"fn": "ip", "arg": "::"}}]}},
    {"__extn": {"fn": "offset", "args": [{"fn": "datetime", "arg": "1970-01-01"}, {"__extn": {"fn": "duration", "arg": "1d"}}]}},
    {"__extn": 1}, {"__extn": {"fn": "decimal", "args": ["1.0", "2.0"]}}, {"__expr": "1"}, {"__expr": 1}, "1.2.3.4", "1.0",
]
KEYS = ["uid", "attrs", "parents", "tags", "type", "id", "__entity", "__extn", "__expr", "fn", "arg", "args", "a", "x", ""]


class Values:
    """Values of the types of a schema. Without `explicit`, what only a schema can tell may be left out."""

    def __init__(self, rng, schema, *, explicit, wild):
        self.rng, self.schema, self.explicit, self.wild = rng, schema, explicit, wild
        self.asked = [action for action in schema.actions if action.principals]
        # Most policies and requests of a case are about the same, so that they meet.
        self.usual = self.any_environment()
        self.store = [(name, text) for name, kind in schema.entities.items() for text in kind.ids or pools.IDS[:4]]

    def value(self, kind, depth=3):
        rng = self.rng
        if rng.random() < self.wild:
            return rng.choice(ODD) if rng.random() < 0.4 else self.value(rng.choice(ATOMS), depth)
        if isinstance(kind, SetOf):
            return [self.value(kind.element, depth - 1) for _ in range(rng.choice((0, 1, 2, 3)) if depth > 0 else 0)]
        if isinstance(kind, RecordOf):
            return self.record(kind, depth)
        if isinstance(kind, EntityOf):
            uid = self.uid(kind.type)
            return uid if not self.explicit and rng.random() < 0.5 else {"__entity": uid}
        if kind in (BOOL, LONG, STRING):
            return rng.choice({BOOL: [True, False], LONG: pools.INTEGERS, STRING: pools.TEXTS}[kind])
        return self.extension(kind.name)

    def extension(self, name):
        rng = self.rng
        among = pools.NO_LITERALS if rng.random() < self.wild else pools.LITERALS
        call = {"fn": pools.CONSTRUCTORS[name], "arg": rng.choice(among[name])}
        if not self.explicit and rng.random() < 0.6:
            return rng.choice((call, call["arg"]))
        return {"__extn": call if rng.random() < 0.9 else {"fn": call["fn"], "args": [call["arg"]]}}

    def record(self, kind, depth=3):
        rng = self.rng
        fields = {name: self.value(of, depth - 1) for name, required, of in kind.fields if required or rng.random() < 0.55}
        if rng.random() < self.wild:
            fields[rng.choice(pools.NAMES)] = 1
        if fields and rng.random() < self.wild:
            del fields[rng.choice(list(fields))]
        return fields

    def uid(self, name):
        """An entity of this type, mostly one that may exist."""
        kind = self.schema.entities.get(name)
        ids = kind.ids if kind and kind.ids and self.rng.random() > self.wild else pools.IDS[:4]
        return {"type": name, "id": self.rng.choice(ids)}

    def entities(self):
        rng = self.rng
        kept = [key for key in self.store if rng.random() < 0.5]
        found = [self.entity(name, text, kept[:index]) for index, (name, text) in enumerate(kept)]
        if rng.random() < (0.7 if self.explicit else 0.2):
            found += self.actions()
        if found and rng.random() < self.wild:
            found.append(dict(rng.choice(found)))
        rng.shuffle(found)
        return found

    def entity(self, name, text, before):
        rng, kind = self.rng, self.schema.entities[name]
        allowed = self.schema.entities if rng.random() < self.wild else kind.parents
        parents = [{"type": other, "id": id_} for other, id_ in before if other in allowed and rng.random() < 0.35]
        if kind.parents and rng.random() < 0.15:
            parents.append({"type": rng.choice(kind.parents), "id": "ghost"})
        entity = {"uid": {"type": name, "id": text}, "attrs": self.record(kind.shape), "parents": parents}
        if (kind.tags and rng.random() < 0.7) or rng.random() < self.wild:
            among = rng.sample(pools.NAMES, rng.randint(0, 3))
            entity["tags"] = {key: self.value(kind.tags or LONG, 1) for key in among}
        return entity

    def actions(self):
        groups = self.schema.actions
        return [
            {"uid": action.uid, "attrs": {}, "parents": [groups[index].uid for index in action.groups]}
            for action in groups if self.rng.random() > self.wild
        ]

    def any_environment(self):
        action = self.rng.choice(self.asked)
        return action, self.rng.choice(action.principals), self.rng.choice(action.resources)

    def environment(self):
        """An action with types of principal and resource that go with it."""
        return self.usual if self.rng.random() < 0.75 else self.any_environment()

    def request(self):
        rng = self.rng
        action, principal, resource = self.environment()
        if rng.random() < self.wild:
            principal, resource = rng.choices([*self.schema.entities, "E9", "Action"], k=2)
        if rng.random() < self.wild:
            action = rng.choice(self.schema.actions)
        return {
            "principal": self.uid(principal), "action": action.uid, "resource": self.uid(resource),
            "context": self.record(action.context),
        }


def paths(tree, path=()):
    """The places of all values inside of a JSON value."""
    for key in tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield (*path, key)
        yield from paths(tree[key], (*path, key))


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def corrupt(rng, tree):
    """Changes, drops, adds or renames one value somewhere inside."""
    among = list(paths(tree))
    if not among:
        return
    *path, key = rng.choice(among)
    parent, how = at(tree, path), rng.random()
    if how < 0.5:
        parent[key] = rng.choice(ODD)
    elif how < 0.65:
        del parent[key]
    elif isinstance(parent, list):
        parent.append(rng.choice(ODD))
    elif how < 0.85:
        parent[rng.choice(KEYS)] = rng.choice(ODD)
    else:
        parent[rng.choice(KEYS)] = parent.pop(key)
