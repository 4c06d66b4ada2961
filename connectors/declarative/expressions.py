# SPDX-License-Identifier: EUPL-1.2
"""Expressions compiled: plain paths and our own functions as Python closures, everything else as JSONata."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.declarative.dependence import has_variables, is_record_only
from connectors.declarative.engines import TIMEOUT_MS, Engine, Evaluate, Function
from connectors.declarative.localtime import LocalTimes
from connectors.declarative.nulls import WithoutNulls
from connectors.declarative.plain import PlainParser, local_arguments
from connectors.declarative.scopes import Compute, Scope
from connectors.declarative.tokens import Token, significant, tokenize
from connectors.declarative.vocabulary import OBJECTS, OWN, require_names

_PREFIX = "allmende_"


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
        self._element = WithoutNulls()
        self._variables = {name: WithoutNulls() for name in ("record", "topic", "device", "file")}

    def compile(self, text: str, place: str, *, timeout_ms: int = TIMEOUT_MS) -> Expression:
        """Compile one expression; `place` tells apart where `$local` is called."""
        tokens = significant(text)
        require_names(tokens)
        compute = PlainParser(self, tokens, place).parse()
        plain = compute is not None
        if compute is None:
            compute = self._jsonata(text, place, timeout_ms)
        return Expression(
            text=text,
            compute=compute,
            plain=plain,
            record_only=is_record_only(tokens),
            uses_local=any(token.text == "$local" for token in tokens),
        )

    def merge(self, expressions: list[Expression]) -> Callable[[Scope], dict[str, Any]]:
        """Make one JSONata expression of several: one call instead of many."""
        text = ", ".join(f'"{index}": ({expression.text}\n)' for index, expression in enumerate(expressions))
        evaluate = self.evaluator(f"{{{text}}}", "")
        with_variables = any(has_variables(expression.text) for expression in expressions)

        def run(scope: Scope) -> dict[str, Any]:
            answer = evaluate(scope.element, scope.bindings() if with_variables else {})
            return answer if isinstance(answer, dict) else {}

        return run

    def walker(self, path: str) -> Callable[[Any], Any]:
        """Compile a path by JSONata; it gives what is there as it is."""
        evaluate = self.engine.compile(path, {})
        return lambda value: evaluate(value, {})

    def evaluator(self, text: str, place: str, *, timeout_ms: int = TIMEOUT_MS) -> Evaluate:
        """Compile JSONata with our own functions, which stand beside those of the language."""
        tokens = list(tokenize(text))
        called = {tokens[place].text[1:] for place in _own_functions(tokens)}
        functions: dict[str, Function] = {_PREFIX + name: self.functions[name] for name in called - {"local"}}
        calls = _Calls(self.times, place)
        if "local" in called:
            functions[_PREFIX + "local"] = calls.local
        evaluate = self.engine.compile(_own_names(tokens), functions, timeout_ms=timeout_ms)

        element, variables = self._element, self._variables

        def run(value: Any, bindings: dict[str, Any]) -> Any:
            calls.count = 0
            bound = {name: variables[name].of(given) for name, given in bindings.items()} if bindings else bindings
            return evaluate(element.of(value), bound)

        return run

    def _jsonata(self, text: str, place: str, timeout_ms: int) -> Compute:
        evaluate = self.evaluator(text, place, timeout_ms=timeout_ms)
        if has_variables(text):
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
        return self.times.resolve(f"{self.place}.{self.count}", *local_arguments(arguments))


def _own_functions(tokens: list[Token]) -> set[int]:
    """Give the places of our own functions; what is a variable, too, is a function where it is called."""
    places: set[int] = set()
    following = ""
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        if token.kind == "variable" and token.text[1:] in OWN and (token.text not in OBJECTS or following == "("):
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
