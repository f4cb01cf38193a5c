import sys
import json


def told(error):
    """What went wrong, with the line of the code that it went wrong in."""
    line, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "code.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        line = error.lineno
        words = error.msg
    else:
        words = str(error)
    place = f" (line {line})" if line else ""
    return f"{type(error).__name__}: {words}{place}" if words else f"{type(error).__name__}{place}"


def plain(value):
    """What JSON has no word for."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return list(value)
    if type(value).__name__ in ("Decimal", "UUID", "Fraction", "Path", "PosixPath"):
        return str(value)
    raise TypeError(f"the code returns a value of the type {type(value).__name__}, which JSON cannot hold")


def returns(body):
    """Whether the code itself returns, and not only functions in it."""
    import _ast

    inner = (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef, _ast.Lambda)
    for node in body:
        if isinstance(node, _ast.Return):
            return True
        if isinstance(node, inner):
            continue
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list) and returns([part for part in value if isinstance(part, _ast.AST)]):
                return True
    return False


class Unfit(Exception):
    """A value that the function cannot take: another attempt would bring the same."""


def call(main, given):
    """A function with type hints gets its values by their names; another the input, and the data if it wants two."""
    code = getattr(main, "__code__", None)
    if not code or not set(getattr(main, "__annotations__", {})) - {"return"}:
        count = code.co_argcount if code else 1
        return main(*[given["input"], given["data"]][:count])
    import typing

    try:
        hints = typing.get_type_hints(main)
    except Exception:
        hints = {}
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    late = main.__defaults__ or ()
    defaults = dict(zip(names[code.co_argcount - len(late) : code.co_argcount], late))
    defaults.update(main.__kwdefaults__ or {})
    values = {name: argument(name, hints.get(name, typing.Any), defaults, given) for name in names}
    return main(
        *[values[name] for name in names[: code.co_argcount]],
        **{name: values[name] for name in names[code.co_argcount :]},
    )


def argument(name, hint, defaults, given):
    if name in ("input", "data"):
        return given[name]
    value = given["data"].get(name)
    if value is None and name in defaults:
        return defaults[name]
    wanted = kinds(hint)
    if value is None:
        if type(None) in wanted or object in wanted:
            return None
        raise Unfit(f"main needs a value for {name}.")
    wanted = [kind for kind in wanted if kind is not type(None)]
    for kind in wanted:
        try:
            return fitting(value, kind)
        except (TypeError, ValueError, LookupError, ArithmeticError):
            pass
    words = " or ".join(words_of(kind) for kind in wanted)
    raise Unfit(f"main wants {words} for {name}, not {json.dumps(value)[:80]}.")


def kinds(hint):
    """What a hint allows, each by itself: the parts of a union, a list of whatever, a choice as its values."""
    import types
    import typing

    origin = typing.get_origin(hint)
    if origin in (typing.Union, getattr(types, "UnionType", typing.Union)):
        return [kind for part in typing.get_args(hint) for kind in kinds(part)]
    if origin is typing.Literal:
        return list(typing.get_args(hint))
    if hint is typing.Any or not isinstance(origin or hint, type):
        return [object]
    return [origin or hint]


def fitting(value, kind):
    """The value as this kind; what people write into a form is text."""
    is_text = isinstance(value, str)
    if kind is object:
        return value
    if not isinstance(kind, type):
        if value == kind and isinstance(value, bool) == isinstance(kind, bool) or is_text and value == str(kind):
            return kind
        raise ValueError
    if kind is str:
        if isinstance(value, (list, dict)):
            raise ValueError
        return value if is_text else json.dumps(value)
    if kind is bool:
        return {"true": True, "false": False}[value.strip().lower()] if is_text else same(value, bool)
    if kind in (int, float):
        if isinstance(value, (bool, list, dict)) or kind is int and isinstance(value, float) and value % 1:
            raise ValueError
        return kind(value)
    if kind in (list, tuple, set, frozenset):
        return kind(same(json.loads(value) if is_text else value, list))
    if kind is dict:
        return same(json.loads(value) if is_text else value, dict)
    if kind.__module__ == "datetime" and hasattr(kind, "fromisoformat"):
        return kind.fromisoformat(same(value, str).strip().replace("Z", "+00:00"))
    if kind.__name__ == "Decimal" and not isinstance(value, bool):
        return kind(str(value).strip())
    return value


def same(value, kind):
    if not isinstance(value, kind):
        raise ValueError
    return value


def words_of(kind):
    if not isinstance(kind, type):
        return json.dumps(kind, default=str)
    words = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", dict: "an object"}
    words.update(dict.fromkeys((list, tuple, set, frozenset), "a list"))
    return words.get(kind, f"a {kind.__name__}")


def run(source, given):
    tree = compile(source, "code.py", "exec", 0x400)
    names = {"__name__": "__main__", "input": given["input"], "data": given["data"]}
    if returns(tree.body):
        around = compile("def __code__():\n    pass", "code.py", "exec", 0x400)
        around.body[0].body = tree.body
        exec(compile(around, "code.py", "exec"), names)
        return names["__code__"]()
    exec(compile(tree, "code.py", "exec"), names)
    main = names.get("main")
    if not callable(main):
        return None
    value = call(main, given)
    if hasattr(value, "__await__"):
        import asyncio

        return asyncio.run(value)
    return value


def around():
    out = open(int(sys.argv[-1]), "w", encoding="utf-8")
    sys.argv = ["code.py"]
    given = json.loads(sys.stdin.buffer.read())
    with open("code.py", encoding="utf-8") as file:
        source = file.read()
    result = {}
    try:
        result = json.dumps({"value": run(source, given)}, default=plain, allow_nan=False)
    except SystemExit as error:
        if error.code not in (None, 0):
            result = json.dumps({"error": f"The code ended with exit code {error.code}."})
        else:
            result = json.dumps({"value": None})
    except Unfit as error:
        result = json.dumps({"error": str(error), "hopeless": True, "field": "data"})
    except BaseException as error:
        import traceback

        result = json.dumps({"error": told(error), "hopeless": isinstance(error, SyntaxError)})
        # What stands around the code is not the author's to read.
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename != "code.py":
            trace = trace.tb_next
        traceback.print_exception(error.with_traceback(trace))
    sys.stdout.flush()
    out.write(result)
    out.close()


around()
