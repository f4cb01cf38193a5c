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
    count = main.__code__.co_argcount if hasattr(main, "__code__") else 1
    value = main(*[given["input"], given["data"]][:count])
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
