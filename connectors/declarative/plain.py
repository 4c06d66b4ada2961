# SPDX-License-Identifier: EUPL-1.2
"""Plain expressions as Python closures: paths, literals, and calls of our own functions."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Protocol

from connectors.declarative.engines import ExpressionError, Function
from connectors.declarative.localtime import LocalTimes
from connectors.declarative.scopes import Compute
from connectors.declarative.tokens import Token
from connectors.declarative.vocabulary import OBJECTS, OWN, WORDS

Walk = Callable[[Any], Any]


class Known(Protocol):
    """What plain expressions call: our functions, and JSONata where a value needs it."""

    @property
    def functions(self) -> Mapping[str, Function]:
        """The functions by name, `$local` aside."""
        ...

    @property
    def times(self) -> LocalTimes:
        """What `$local` resolves times with."""
        ...

    def walker(self, path: str) -> Walk:
        """Compile a path by JSONata, for lists on its way."""
        ...


class PlainParser:
    """Reads paths, literals and calls of our own functions; gives None for anything else."""

    def __init__(self, known: Known, tokens: Sequence[Token], place: str) -> None:
        self.known = known
        self.tokens = tokens
        self.place = place
        self.at = 0
        self.calls = 0

    def parse(self) -> Compute | None:
        """Give the closure when all of the expression is plain."""
        compute = self._value()
        return compute if self.at == len(self.tokens) else None

    def _peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else Token("end", "")

    def _take(self, text: str) -> bool:
        if self._peek().text == text:
            self.at += 1
            return True
        return False

    def _value(self) -> Compute | None:
        token = self._peek()
        if token.kind in {"name", "quoted"}:
            return None if token.text in WORDS else self._path("element", first=True)
        self.at += 1
        if token.kind in {"string", "number"}:
            return _literal(token)
        if token.text == "$" or (token.text in OBJECTS and self._peek().text != "("):
            return self._path("element" if token.text == "$" else token.text[1:])
        if token.text == "$file":
            return lambda scope: scope.file
        name = token.text[1:]
        return self._call(name) if token.kind == "variable" and name in OWN else None

    def _names(self, *, first: bool) -> list[str] | None:
        names: list[str] = []
        while first or self._take("."):
            first = False
            token = self._peek()
            if token.kind not in {"name", "quoted"}:
                return None
            names.append(token.text.strip("`"))
            self.at += 1
        return names

    def _path(self, root: str, *, first: bool = False) -> Compute | None:
        names = self._names(first=first)
        if names is None:
            return None
        start = attrgetter(root)
        if not names:
            return start
        walk = self._walk(names)
        if root == "element":
            return lambda scope: walk(scope.element)
        return lambda scope: walk(start(scope))

    def _walk(self, names: list[str]) -> Walk:
        return follow(names, _lazy(self.known.walker, ".".join(f"`{name}`" for name in names)))

    def _call(self, name: str) -> Compute | None:
        if not self._take("("):
            return None
        arguments: list[Compute] = []
        while not self._take(")"):
            if arguments and not self._take(","):
                return None
            argument = self._value()
            if argument is None:
                return None
            arguments.append(argument)
        call = self._bind(name, arguments)
        if self._peek().text != ".":
            return call
        names = self._names(first=False)
        if not names:
            return None
        walk = self._walk(names)
        return lambda scope: walk(call(scope))

    def _bind(self, name: str, arguments: list[Compute]) -> Compute:
        if name == "local":
            self.calls += 1
            place, resolve = f"{self.place}.{self.calls}", self.known.times.resolve
            if len(arguments) == 2:
                text, zone = arguments
                return lambda scope: resolve(place, text(scope), _known_zone(zone(scope)), None)
            return lambda scope: resolve(place, *local_arguments(tuple(argument(scope) for argument in arguments)))
        function = self.known.functions[name]
        if len(arguments) == 1:
            only = arguments[0]
            return lambda scope: function(only(scope))
        if len(arguments) == 2:
            one, two = arguments
            return lambda scope: function(one(scope), two(scope))
        return lambda scope: function(*[argument(scope) for argument in arguments])


def _literal(token: Token) -> Compute | None:
    if "\\" in token.text:
        return None
    value: Any = token.text[1:-1]
    if token.kind == "number":
        value = int(token.text) if token.text.isdecimal() else float(token.text)
    return lambda _: value


def local_arguments(arguments: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Give text, zone and layout of a call of `$local`."""
    text, zone, layout = (*arguments, None, None, None)[:3]
    return text, _known_zone(zone), layout


def _known_zone(zone: Any) -> Any:
    if zone is None:
        raise ExpressionError("$local needs a time zone, such as 'Europe/Berlin'")
    return zone


def follow(names: list[str], slow: Walk) -> Walk:
    """Follow a dotted path through objects; a list on the way is JSONata's affair."""
    if len(names) == 1:
        only = names[0]

        def get(value: Any) -> Any:
            if type(value) is dict:
                found = value.get(only)
                return slow(value) if type(found) is list else found
            return slow(value) if type(value) is list else None

        return get

    def walk(value: Any) -> Any:
        current = value
        for name in names:
            if type(current) is not dict:
                return slow(value) if type(current) is list else None
            current = current.get(name)
        return slow(value) if type(current) is list else current

    return walk


def _lazy(compile_path: Callable[[str], Walk], path: str) -> Walk:
    """Compile JSONata only when a value needs it."""
    compiled: list[Walk] = []

    def run(value: Any) -> Any:
        if not compiled:
            compiled.append(compile_path(path))
        return compiled[0](value)

    return run
