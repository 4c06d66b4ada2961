# SPDX-License-Identifier: EUPL-1.2
"""Payload codecs in JavaScript, run in QuickJS with limits on time and memory; they reach nothing outside."""

from pathlib import Path
from typing import Any

import orjson
import quickjs

from allmende.errors import AllmendeError, SettingsError

TIME_S = 0.1
MEMORY_BYTES = 16 * 1024 * 1024
STACK_BYTES = 256 * 1024
MOST_SOURCE_BYTES = 1024 * 1024

# Evaluated before the codec, which may change what `JSON` is.
_CALL = """
(function () {
  const parse = JSON.parse, write = JSON.stringify, Time = Date;
  return function (text) {
    const input = parse(text);
    if (input.recvTime) input.recvTime = new Time(input.recvTime);
    if (typeof decodeUplink === "function") return write(decodeUplink(input));
    return write({data: Decode(input.fPort, input.bytes, {})});
  };
})()
"""
_HAS_DECODER = 'typeof decodeUplink === "function" || typeof Decode === "function"'


class CodecError(AllmendeError):
    """A codec does not decode a payload; says why."""


class Codec:
    """The decoder of one file; it belongs to the thread that made it."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            raw = path.read_bytes()
            self._source = raw.decode()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"Codec {path} cannot be read: {error}") from error
        if len(raw) > MOST_SOURCE_BYTES:
            raise SettingsError(f"Codec {path} is larger than {MOST_SOURCE_BYTES} bytes")
        try:
            self._call = self._compile()
        except CodecError as error:
            raise SettingsError(str(error)) from error

    def decode(self, payload: bytes, port: int, time: str | None = None) -> tuple[Any, list[str]]:
        """Give what the codec reads from a payload, and its warnings; its errors are raised."""
        output = self.run({"bytes": list(payload), "fPort": port, **({"recvTime": time} if time else {})})
        errors = output.get("errors")
        if errors:
            words = errors if isinstance(errors, list) else [errors]
            raise CodecError(f"Codec {self._name}: {'; '.join(map(str, words))[:500]}")
        if output.get("data") is None:
            raise CodecError(f"Codec {self._name} gives no data")
        warnings = output.get("warnings")
        return output["data"], [str(warning) for warning in warnings] if isinstance(warnings, list) else []

    def run(self, given: dict[str, Any]) -> dict[str, Any]:
        """Give {data, warnings, errors} as the codec gives it for {bytes, fPort, recvTime}."""
        try:
            text = self._call(orjson.dumps(given).decode())
        except quickjs.JSException as error:
            # What stopped a script may have left its memory full.
            problem = self._problem(error)
            self._call = self._compile()
            raise problem from error
        try:
            output = orjson.loads(text)
        except (orjson.JSONDecodeError, TypeError) as error:
            raise CodecError(f"Codec {self._name} gives nothing that is JSON") from error
        if not isinstance(output, dict):
            raise CodecError(f"Codec {self._name} must give an object with data")
        return output

    def _compile(self) -> Any:
        context = quickjs.Context()
        context.set_memory_limit(MEMORY_BYTES)
        context.set_max_stack_size(STACK_BYTES)
        context.set_time_limit(TIME_S)
        try:
            call = context.eval(_CALL)
            context.eval(self._source)
            has_decoder = context.eval(_HAS_DECODER)
        except quickjs.JSException as error:
            raise self._problem(error) from error
        if not has_decoder:
            raise CodecError(f"Codec {self._name} has neither decodeUplink(input) nor Decode(fPort, bytes)")
        return call

    def _problem(self, error: Exception) -> CodecError:
        text = str(error).splitlines()[0] if str(error) else "it fails"
        if text == "InternalError: interrupted":
            text = f"it took more than {TIME_S} s and was stopped"
        elif text in {"InternalError: out of memory", "null"}:
            # There may not even be memory left for the error.
            text = f"it needed more than {MEMORY_BYTES // 1024 // 1024} MiB and was stopped"
        return CodecError(f"Codec {self._name}: {text[:500]}")
