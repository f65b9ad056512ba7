"""Random schemas: entity types with hierarchies, shapes, tags and enumerations; common types; actions in groups."""
import dataclasses

from cedar_differential import pools


@dataclasses.dataclass(frozen=True)
class Atom:
    name: str


@dataclasses.dataclass(frozen=True)
class EntityOf:
    type: str


@dataclasses.dataclass(frozen=True)
class SetOf:
    element: object


@dataclasses.dataclass(frozen=True)
class RecordOf:
    fields: tuple  # of (name, isRequired, type)


@dataclasses.dataclass
class EntityType:
    name: str
    parents: list
    shape: RecordOf
    tags: object
    ids: list | None


@dataclasses.dataclass
class Action:
    type: str
    id: str
    groups: list
    principals: list
    resources: list
    context: RecordOf

    @property
    def uid(self):
        return {"type": self.type, "id": self.id}


BOOL, LONG, STRING = Atom("Bool"), Atom("Long"), Atom("String")
EXTENSIONS = [Atom(name) for name in pools.LITERALS]
ATOMS = [BOOL, LONG, STRING, *EXTENSIONS]
EMPTY = RecordOf(())


def assembled(parts):
    """The schema of declarations, which come with their namespaces."""
    spaces = {}
    for space, declaration in parts:
        spaces.setdefault(space, []).append(declaration)
    texts = ["\n".join(lines) if space == "" else f"namespace {space} {{ {' '.join(lines)} }}" for space, lines in spaces.items()]
    return "\n".join(texts)


class Schema:
    """What a schema declares; `parts` are its declarations, each with its namespace."""

    def __init__(self, rng):
        self.rng = rng
        self.names = rng.sample(["E0", "E1", "E2", "NS::E3", "NS::Deep::E4"], rng.randint(2, 4))
        self.common = {}
        if rng.random() < 0.4:
            self.common["T0"] = self.type(2)
        self.entities = {name: self.entity(name) for name in self.names}
        self.actions = self.make_actions()
        self.parts = [*map(self.common_text, self.common), *map(self.entity_text, self.entities.values())]
        self.parts += map(self.action_text, self.actions)

    def type(self, depth):
        rng, kind = self.rng, self.rng.random()
        if depth > 0 and kind < 0.15:
            return SetOf(self.type(depth - 1))
        if depth > 0 and kind < 0.35:
            return self.record(depth - 1, 3)
        if kind < 0.55:
            return EntityOf(rng.choice(self.names))
        if kind < 0.6 and "T0" in self.common:
            return self.common["T0"]
        return rng.choice(ATOMS)

    def record(self, depth, most):
        names = self.rng.sample(pools.NAMES, self.rng.randint(0, most))
        return RecordOf(tuple((name, self.rng.random() < 0.6, self.type(depth)) for name in sorted(names)))

    def entity(self, name):
        rng = self.rng
        if rng.random() < 0.12:
            return EntityType(name, [], EMPTY, None, rng.sample(pools.IDS, rng.randint(1, 3)))
        parents = rng.sample(self.names, rng.choice((0, 1, 1, 2)))
        return EntityType(name, parents, self.record(2, 5), self.type(1) if rng.random() < 0.4 else None, None)

    def make_actions(self):
        rng = self.rng
        groups = [Action("Action", "all", [], [], [], EMPTY), Action("Action", "some", [0], [], [], EMPTY)]
        for number in range(rng.randint(1, 3)):
            principals = rng.sample(self.names, rng.randint(1, min(2, len(self.names))))
            resources = rng.sample(self.names, rng.randint(1, min(2, len(self.names))))
            kind = "NS::Action" if rng.random() < 0.2 else "Action"
            among = [index for index in range(len(groups)) if rng.random() < 0.35]
            groups.append(Action(kind, rng.choice(("do", "go é", "go e\u0301")) + str(number), among, principals, resources,
                                 self.record(2, 5)))
        return groups

    def ancestors(self, name):
        """The types that entities of this type can be in."""
        found, open_ = set(), [name]
        while open_:
            for parent in self.entities[open_.pop()].parents:
                if parent not in found:
                    found.add(parent)
                    open_.append(parent)
        return sorted(found)

    def attributes(self, kind):
        """The fields of a record or of an entity; nothing for other types."""
        if isinstance(kind, RecordOf):
            return kind.fields
        if isinstance(kind, EntityOf) and kind.type in self.entities:
            return self.entities[kind.type].shape.fields
        return ()

    # MARK: Text

    def type_text(self, kind):
        if "T0" in self.common and kind == self.common["T0"] and self.rng.random() < 0.5:
            return "T0"
        return self.plain_text(kind)

    def plain_text(self, kind):
        if isinstance(kind, SetOf):
            return f"Set<{self.type_text(kind.element)}>"
        if isinstance(kind, RecordOf):
            return "{" + ", ".join(map(self.field_text, kind.fields)) + "}"
        if isinstance(kind, EntityOf):
            return kind.type
        return ("__cedar::" if self.rng.random() < 0.05 else "") + kind.name

    def field_text(self, field):
        name, is_required, kind = field
        spelled = name if pools.is_identifier(name) and self.rng.random() < 0.5 else pools.quoted(self.rng, name)
        return f"{spelled}{'' if is_required else '?'}: {self.type_text(kind)}"

    def common_text(self, name):
        return "", f"type {name} = {self.plain_text(self.common[name])};"

    def entity_text(self, entity):
        *spaces, name = entity.name.split("::")
        if entity.ids is not None:
            text = f"entity {name} enum [{', '.join(pools.quoted(self.rng, text) for text in entity.ids)}];"
        else:
            parents = f" in [{', '.join(entity.parents)}]" if entity.parents else ""
            tags = f" tags {self.type_text(entity.tags)}" if entity.tags else ""
            text = f"entity {name}{parents} {self.plain_text(entity.shape)}{tags};"
        return "::".join(spaces), text

    def action_text(self, action):
        groups = [self.actions[index] for index in action.groups]
        within = ", ".join(f"{group.type}::{pools.quoted(self.rng, group.id)}" for group in groups)
        text = f"action {pools.quoted(self.rng, action.id)}{f' in [{within}]' if within else ''}"
        if action.principals:
            text += f" appliesTo {{ principal: [{', '.join(action.principals)}], resource: [{', '.join(action.resources)}], "
            text += f"context: {self.plain_text(action.context)} }}"
        return action.type.rpartition("::")[0], text + ";"
