# SPDX-License-Identifier: EUPL-1.2
"""Expressions compiled: plain paths and our own functions as Python closures, everything else as JSONata."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from connectors.declarative.engines import TIMEOUT_MS, Engine, Evaluate, ExpressionError, Function
from connectors.declarative.localtime import LocalTimes
from connectors.declarative.tokens import Token, significant, tokenize

OWN = ("number", "geo", "lut", "default", "local", "dec", "urn", "hex", "bytes", "hash", "ngsiv2", "device")
_PREFIX = "allmende_"
_VARIABLES = {"$record", "$file", "$topic", "$device"}
_OBJECTS = {"$record", "$topic", "$device"}
_WORDS = {"and", "or", "in", "true", "false", "null", "function"}
_WITHOUT_CONTEXT = {"now", "millis", "random", *OWN}
_ARGUMENTS = {
    "substring": 2, "substringBefore": 2, "substringAfter": 2, "pad": 2, "contains": 2, "split": 2, "match": 2,
    "replace": 3, "formatNumber": 2, "lookup": 2, "each": 2, "sift": 2, "power": 2,
}  # fmt: skip


class Scope:
    """What an expression sees: the element (without `each` the record itself), the record, its file, its topic, its device."""

    __slots__ = ("device", "element", "file", "merged", "record", "topic", "turn")

    def __init__(
        self,
        element: Any,
        record: Any,
        file: str,
        turn: int,
        *,
        topic: dict[str, str] | None = None,
        device: dict[str, Any] | None = None,
    ) -> None:
        self.element = element
        self.record = record
        self.file = file
        self.turn = turn
        self.topic = topic
        self.device = device
        self.merged: dict[str, Any] | None = None

    def bindings(self) -> dict[str, Any]:
        """Give the variables of the expression; one without a value is nothing."""
        bound = {"record": self.record, "file": self.file, "topic": self.topic, "device": self.device}
        return {name: value for name, value in bound.items() if value is not None}

    def of_element(self, element: Any) -> "Scope":
        """Give the scope of an element of `each`."""
        return Scope(element, self.record, self.file, self.turn, topic=self.topic, device=self.device)


Compute = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A compiled expression: how it is computed, and whether JSONata has to do it."""

    text: str
    compute: Compute
    plain: bool
    record_only: bool
    uses_local: bool


class Expressions:
    """Compiles the expressions of one connector."""

    def __init__(self, engine: Engine, functions: Mapping[str, Function], times: LocalTimes) -> None:
        self.engine = engine
        self.functions = functions
        self.times = times

    def compile(self, text: str, place: str, *, timeout_ms: int = TIMEOUT_MS) -> Expression:
        """Compile one expression; `place` tells apart where `$local` is called."""
        tokens = significant(text)
        compute = PlainParser(self, tokens, place).parse()
        plain = compute is not None
        if compute is None:
            compute = self._jsonata(text, place, timeout_ms)
        return Expression(
            text=text,
            compute=compute,
            plain=plain,
            record_only=_is_record_only(tokens),
            uses_local=any(token.text == "$local" for token in tokens),
        )

    def merge(self, expressions: list[Expression]) -> Callable[[Scope], dict[str, Any]]:
        """Make one JSONata expression of several: one call instead of many."""
        text = ", ".join(f'"{index}": ({expression.text}\n)' for index, expression in enumerate(expressions))
        evaluate = self.evaluator(f"{{{text}}}", "")
        with_variables = any(_has_variables(expression.text) for expression in expressions)

        def run(scope: Scope) -> dict[str, Any]:
            answer = evaluate(scope.element, scope.bindings() if with_variables else {})
            return answer if isinstance(answer, dict) else {}

        return run

    def evaluator(self, text: str, place: str, *, timeout_ms: int = TIMEOUT_MS) -> Evaluate:
        """Compile JSONata with our own functions, which stand beside those of the language."""
        tokens = list(tokenize(text))
        called = {tokens[place].text[1:] for place in _own_functions(tokens)}
        functions: dict[str, Function] = {_PREFIX + name: self.functions[name] for name in called - {"local"}}
        calls = _Calls(self.times, place)
        if "local" in called:
            functions[_PREFIX + "local"] = calls.local
        evaluate = self.engine.compile(_own_names(tokens), functions, timeout_ms=timeout_ms)

        def run(value: Any, bindings: dict[str, Any]) -> Any:
            calls.count = 0
            return evaluate(value, bindings)

        return run if "local" in called else evaluate

    def _jsonata(self, text: str, place: str, timeout_ms: int) -> Compute:
        evaluate = self.evaluator(text, place, timeout_ms=timeout_ms)
        if _has_variables(text):
            return lambda scope: evaluate(scope.element, scope.bindings())
        nothing: dict[str, Any] = {}
        return lambda scope: evaluate(scope.element, nothing)


class _Calls:
    """Tells apart several calls of `$local` in one expression."""

    def __init__(self, times: LocalTimes, place: str) -> None:
        self.times = times
        self.place = place
        self.count = 0

    def local(self, *arguments: Any) -> Any:
        self.count += 1
        return self.times.resolve(f"{self.place}.{self.count}", *_local_arguments(arguments))


def _local_arguments(arguments: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    text, zone, layout = (*arguments, None, None, None)[:3]
    if zone is None:
        raise ExpressionError("$local needs a time zone, such as 'Europe/Berlin'")
    return text, zone, layout


class PlainParser:
    """Reads paths, literals and calls of our own functions; gives None for anything else."""

    def __init__(self, expressions: Expressions, tokens: list[Token], place: str) -> None:
        self.expressions = expressions
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
            return None if token.text in _WORDS else self._path("element", first=True)
        self.at += 1
        if token.kind in {"string", "number"}:
            return _literal(token)
        if token.text == "$" or (token.text in _OBJECTS and self._peek().text != "("):
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
        slow = _lazy(self.expressions, ".".join(f"`{name}`" for name in names))
        walk = _walk(names, slow)
        if root == "element":
            return lambda scope: walk(scope.element)
        return lambda scope: walk(start(scope))

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
        walk = _walk(names, _lazy(self.expressions, ".".join(f"`{part}`" for part in names)))
        return lambda scope: walk(call(scope))

    def _bind(self, name: str, arguments: list[Compute]) -> Compute:
        if name == "local":
            self.calls += 1
            place, resolve = f"{self.place}.{self.calls}", self.expressions.times.resolve
            return lambda scope: resolve(place, *_local_arguments(tuple(argument(scope) for argument in arguments)))
        function = self.expressions.functions[name]
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


def _walk(names: list[str], slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Follow a dotted path through objects; a list on the way is JSONata's affair."""
    if len(names) == 1:
        only = names[0]

        def get(value: Any) -> Any:
            if type(value) is dict:
                found = value.get(only)
                return slow(value) if type(found) is list else found
            return slow(value) if type(value) is list else None

        return get

    def follow(value: Any) -> Any:
        current = value
        for name in names:
            if type(current) is not dict:
                return slow(value) if type(current) is list else None
            current = current.get(name)
        return slow(value) if type(current) is list else current

    return follow


def _lazy(expressions: Expressions, text: str) -> Callable[[Any], Any]:
    """Compile JSONata only when a value needs it."""
    compiled: list[Evaluate] = []

    def run(value: Any) -> Any:
        if not compiled:
            compiled.append(expressions.evaluator(text, ""))
        return compiled[0](value, {})

    return run


def _own_functions(tokens: list[Token]) -> set[int]:
    """Give the places of our own functions; what is a variable, too, is a function where it is called."""
    places: set[int] = set()
    following = ""
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        if token.kind == "variable" and token.text[1:] in OWN and (token.text not in _OBJECTS or following == "("):
            places.add(place)
        if token.kind != "space":
            following = token.text
    return places


def _own_names(tokens: list[Token]) -> str:
    """Call our functions by names that JSONata has not; what they give as null is nothing, as it is for JSONata's own."""
    parts: list[str] = []
    closing: list[str] = []
    called = False
    ours = _own_functions(tokens)
    for place, token in enumerate(tokens):
        part = token.text
        if place in ours:
            called, part = True, f"${_PREFIX}{part[1:]}"
        elif part == "(":
            closing.append(")[$ != null]" if called else ")")
            called = False
        elif part == ")" and closing:
            part = closing.pop()
        elif token.kind != "space":
            called = False
        parts.append(part)
    return "".join(parts)


def _has_variables(text: str) -> bool:
    return any(token.text in _VARIABLES for token in tokenize(text))


def _is_record_only(tokens: list[Token]) -> bool:
    """Whether no element of `each` is read: it is enough to compute it once a record. In doubt it is not."""
    inside_record = False
    for before, token in zip([Token("start", ""), *tokens], tokens, strict=False):
        inside_record = token.text in _OBJECTS or (inside_record and (token.text == "." or before.text == "."))
        if inside_record or token.text in _WORDS:
            continue
        if token.kind in {"name", "quoted"} or token.text in {"$", "$$", "*", "**", "%", "@", "#", "["}:
            return False
    return not _takes_context(tokens)


def _takes_context(tokens: list[Token]) -> bool:
    """Whether a function of JSONata is called with so few arguments that it takes the element for the first."""
    calls: list[tuple[str, int]] = []
    before = Token("start", "")
    for token in tokens:
        if token.text == "(":
            calls.append((before.text[1:] if before.kind == "variable" else "", 0))
        elif token.text == ")" and calls:
            name, commas = calls.pop()
            given = 0 if before.text == "(" else commas + 1
            if name and name not in _WITHOUT_CONTEXT and given < _ARGUMENTS.get(name, 1):
                return True
        elif token.text == "," and calls:
            calls[-1] = (calls[-1][0], calls[-1][1] + 1)
        before = token
    return False
