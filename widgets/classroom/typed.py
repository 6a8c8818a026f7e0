"""Reading what a student types into a field: numbers, lists, True, None. Nothing that is typed is ever run."""

from __future__ import annotations

import ast
import math
import operator
import re
from typing import Any

LONGEST = 500  # characters

_LARGEST_POWER = 64
_LARGEST_BASE = 1e6

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_WORDS = {"true": True, "false": False, "none": None, "nan": math.nan, "inf": math.inf}
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)


class Unreadable(ValueError):
    """What was typed is no value, in words for the student."""


def typed(text: str) -> Any:
    """The value that was typed: a number, lists of numbers, a truth value, None; a name stands for itself, as text.

    Arithmetic of numbers is done; ``tensor([1., 2.])`` and the same without commas or brackets are lists.

    >>> typed("1/4"), typed("1 2 3"), typed("tensor([1., 2.])"), typed("None"), typed("MulBackward0")
    (0.25, [1, 2, 3], [1.0, 2.0], None, 'MulBackward0')
    """
    if len(text) > LONGEST:
        raise Unreadable(f"this is too long to be read: at most {LONGEST} characters.")
    # What a tensor prints after its numbers says nothing about them.
    plain = re.sub(r",\s*grad_fn=<\w*>", "", text.strip().replace("−", "-"))
    if not plain:
        raise Unreadable("nothing is written here yet.")
    numbers = plain.split()
    if len(numbers) > 1 and all(map(_NUMBER.fullmatch, numbers)):
        plain = ", ".join(numbers)
        plain = f"[{plain}]"
    try:
        return _value(_tree(plain))
    except Unreadable:
        raise
    except ZeroDivisionError:
        raise Unreadable("this divides by zero.") from None
    except (ArithmeticError, TypeError, ValueError, RecursionError, MemoryError):
        raise Unreadable(f"{_quoted(text)} cannot be computed.") from None
    except SyntaxError:
        if re.fullmatch(r"[^\W\d][\w.]*( [\w.]+)*", plain):
            return plain
        raise Unreadable(
            f"{_quoted(text)} cannot be read. A value is wanted, like `6`, `1/3`, `[1, 2]`, `True` or `None`."
        ) from None


def _tree(plain: str) -> ast.expr:
    try:
        return ast.parse(plain, mode="eval").body
    except SyntaxError:
        # NumPy writes arrays without commas.
        return ast.parse(re.sub(r"(?<=[\d.\]])\s+(?=[-+\d.\[])", ", ", plain), mode="eval").body


def _value(tree: ast.expr) -> Any:
    match tree:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.List(elts=parts):
            return [_value(part) for part in parts]
        case ast.Tuple(elts=parts):
            return tuple(_value(part) for part in parts)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            value = _number(operand)
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(op=ast.Pow(), left=left, right=right):
            return _power(_number(left), _number(right))
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_number(left), _number(right))
        case ast.Name(id=name):
            return _WORDS.get(name.lower(), name)
        case ast.Attribute() if re.fullmatch(r"[\w.]+", name := ast.unparse(tree)):
            return name
        case ast.Call(func=maker, args=[numbers]) if re.search(
            r"(^|\.)(tensor|Size|array|Parameter)$", ast.unparse(maker)
        ):
            return _value(numbers)
    raise Unreadable(
        f"{_quoted(ast.unparse(tree))} is not a value that can be read here. Write it as `6`, `1/3`, `[1, 2]`, "
        "`True` or `None`."
    )


def _number(tree: ast.expr) -> int | float:
    value = _value(tree)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"{_quoted(ast.unparse(tree))} is no number, so it cannot be computed with.")
    return value


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > _LARGEST_POWER or abs(base) > _LARGEST_BASE:
        raise Unreadable("this power is too large to be computed here.")
    value = base**exponent
    if isinstance(value, complex):
        raise Unreadable("this power is no real number.")
    return value


def _quoted(text: str) -> str:
    short = " ".join(text.split())
    return f"`{short if len(short) <= 40 else short[:40] + '…'}`"
