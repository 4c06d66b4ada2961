# SPDX-License-Identifier: EUPL-1.2
"""JSONata behind an adapter: two engines, one behaviour, limits always set."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Protocol

from allmende.errors import AllmendeError
from connectors.declarative.alarm import stopped_after

Function = Callable[..., Any]
Evaluate = Callable[[Any, dict[str, Any]], Any]

TIMEOUT_MS = 200
FILE_TIMEOUT_MS = 20_000
MAX_DEPTH = 200
MAX_SEQUENCE = 1_000_000
MAX_TEXT = 1_000_000
_STRANDED: Final[list[object]] = []
"""Compiled expressions that another thread than their own would have dropped: they stay for the life of the process."""

# What the slower engine lets through where a value is not what its functions want.
_OF_PYTHON = (ArithmeticError, AttributeError, LookupError, RecursionError, TimeoutError, TypeError, ValueError)


class ExpressionError(AllmendeError):
    """An expression cannot be compiled, or failed on a record."""


class Engine(Protocol):
    """Compiles JSONata."""

    name: str

    def compile(self, expression: str, functions: Mapping[str, Function], *, timeout_ms: int = TIMEOUT_MS) -> Evaluate:
        """Compile an expression that may call the given functions."""
        ...


class RustEngine:
    """jsonatapy: fast; a compiled expression belongs to the thread that compiled it."""

    name = "jsonatapy"

    def __init__(self) -> None:
        import jsonatapy

        self._compile = jsonatapy.compile

    def compile(self, expression: str, functions: Mapping[str, Function], *, timeout_ms: int = TIMEOUT_MS) -> Evaluate:
        """Compile an expression that may call the given functions."""
        try:
            compiled = self._compile(
                expression, timeout=timeout_ms, max_stack_depth=MAX_DEPTH, max_sequence_length=MAX_SEQUENCE
            )
        except ValueError as error:
            raise ExpressionError(_plain(error)) from error
        for name, function in functions.items():
            compiled.register(name, function)
        if "$pad" in expression:
            compiled.register_override("pad", _pad)
        evaluate = compiled.evaluate
        owned = _Owned(compiled)

        def run(value: Any, bindings: dict[str, Any]) -> Any:
            if threading.get_ident() != owned.thread:
                raise ExpressionError("An expression is evaluated in the thread that compiled it")
            try:
                return evaluate(value, bindings)
            except (ValueError, TypeError, OverflowError) as error:
                raise ExpressionError(_plain(error)) from error
            except BaseException as error:
                if type(error).__name__ != "PanicException":  # what Rust's panics become is no Exception
                    raise
                raise ExpressionError(f"The engine fails: {error}") from error

        return run


class _Owned:
    """Sees to it that a compiled expression is dropped by its own thread, or not at all: the engine cannot bear another.

    The collector of reference cycles runs in whichever thread comes first, that of an MQTT client for one. It finalizes
    all that it has found before it takes any of it apart, so the expression is out of its reach in time.
    """

    __slots__ = ("compiled", "thread")

    def __init__(self, compiled: object) -> None:
        self.compiled = compiled
        self.thread = threading.get_ident()

    def __del__(self) -> None:
        if threading.get_ident() != self.thread:
            _STRANDED.append(self.compiled)


class PythonEngine:
    """jsonata-python: where there is no wheel of the fast engine, and the oracle in tests."""

    name = "jsonata-python"

    def __init__(self) -> None:
        import jsonata

        self._jsonata = jsonata

    def compile(self, expression: str, functions: Mapping[str, Function], *, timeout_ms: int = TIMEOUT_MS) -> Evaluate:
        """Compile an expression that may call the given functions."""
        known = self._jsonata.JException
        try:
            compiled = self._jsonata.Jsonata(expression)
        except known as error:
            raise ExpressionError(_plain(error)) from error
        for name, function in functions.items():
            compiled.register_lambda(name, _with_none(function, self._jsonata.utils.Utils.NULL_VALUE))
        if "$pad" in expression:
            compiled.register_lambda("pad", _pad)
        # The engine looks at the clock between its own steps only; a division is bounded needlessly and harmlessly.
        bounded = stopped_after if "/" in expression else _unbounded

        def run(value: Any, bindings: dict[str, Any]) -> Any:
            frame = compiled.create_frame()
            frame.set_runtime_bounds(timeout_ms, MAX_DEPTH)
            for name, bound in bindings.items():
                frame.bind(name, bound)
            try:
                with bounded(2 * timeout_ms / 1000):
                    return compiled.evaluate(value, frame)
            except (known, AllmendeError, *_OF_PYTHON) as error:
                raise ExpressionError(_plain(error)) from error

        return run


def open_engine(name: str | None = None) -> Engine:
    """Give the engine of that name, else the fastest that is installed."""
    if name == PythonEngine.name:
        return PythonEngine()
    try:
        return RustEngine()
    except ImportError:
        if name is not None:
            raise
        return PythonEngine()


def _unbounded(_: float) -> AbstractContextManager[None]:
    return nullcontext()


def _pad(text: Any = None, width: Any = None, char: Any = " ") -> Any:
    """Stand in for JSONata's $pad, which the engine's limits do not bound."""
    if text is None or width is None:
        return None
    length = abs(int(width))
    if length > MAX_TEXT:
        raise ExpressionError(f"$pad to {length} characters is more than {MAX_TEXT}")
    missing = length - len(text)
    if missing <= 0:
        return text
    filling = (str(char or " ") * (missing // len(str(char or " ")) + 1))[:missing]
    return text + filling if width > 0 else filling + text


def _with_none(function: Function, null: object) -> Function:
    """Give a function of ours None where the engine has an object of its own for null."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        return None if value is null else value

    return lambda *arguments: function(*[plain(argument) for argument in arguments])


def _plain(error: BaseException) -> str:
    """Cut off what the engine puts before the words of a function of ours."""
    text = str(error) or type(error).__name__
    if text.startswith("host function raised "):
        return text.split(": ", 1)[-1]
    return text
