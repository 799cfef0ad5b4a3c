"""What a second parser of Redshift's SQL, sqlfluff, says of the statements that this project runs or gives away: those of
the golden plans, and deploy/sql. It knows the grammar, not the catalog: names and types are not looked up."""

import re
from typing import NamedTuple

import project  # first, as it may go on in another Python
from sqlfluff.core import FluffConfig, Linter

PLANS = project.ROOT / "tests" / "golden" / "plans"
SCRIPTS = project.ROOT / "deploy" / "sql"


class Gap(NamedTuple):
    """What AWS documents and sqlfluff cannot parse: in a statement that fails something else stands in its place, mostly
    nothing, and the whole must parse."""

    words: str
    # Where AWS says that Redshift takes it.
    page: str
    instead: str = ""


KNOWN_GAPS = [
    Gap(' USING TEMPLATE "etl"."conventions"', "https://docs.aws.amazon.com/redshift/latest/dg/r_COPY-WITH-TEMPLATE.html"),
    # Of the same form.
    Gap("SHOW TEMPLATE ", "https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TEMPLATE.html", "SHOW TABLE "),
    Gap("SHOW GRANTS ON TABLE ", "https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_GRANTS.html", "SHOW TABLE "),
    Gap("SHOW COLUMN GRANTS ON TABLE ", "https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_COLUMN_GRANTS.html", "SHOW TABLE "),
    Gap("SHOW CONSTRAINTS FOREIGN KEYS FROM TABLE ", "https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_CONSTRAINTS.html", "SHOW TABLE "),
    Gap(
        "SHOW CONSTRAINTS FOREIGN KEYS EXPORTED FROM TABLE ",
        "https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_CONSTRAINTS.html",
        "SHOW TABLE ",
    ),
]


def problems():
    """Each statement that cannot be parsed, once, and each gap that none has any more."""
    linter = Linter(config=FluffConfig(overrides={"dialect": "redshift"}))
    needed, seen = set(), set()
    for place, statement in [*plans(), *scripts()]:
        if statement in seen:
            continue
        seen.add(statement)
        problem = not_parsed(linter, statement)
        for gap in KNOWN_GAPS:
            if problem and gap.words in statement:
                needed.add(gap)
                statement = statement.replace(gap.words, gap.instead)
                problem = not_parsed(linter, statement)
        if problem:
            yield f"{place}: {problem} In: {' '.join(statement.split())}"
    for gap in KNOWN_GAPS:
        if gap not in needed:
            yield f"{gap.words} is no gap of the parser any more, or no statement has it: take it out of KNOWN_GAPS"
    if not seen:
        yield "no statement was found: has the form of the golden plans changed?"


def not_parsed(linter, statement):
    parsed = linter.parse_string(statement + ";\n")
    return next((violation.desc() for violation in parsed.violations), None)


def plans():
    """The statements of the golden plans. What `plan` describes in words, and what is known only when a load runs, is
    written so that it is told from SQL: `-- …` and `<…>`."""
    for path in sorted(PLANS.rglob("*.txt")):
        text = path.read_text(encoding="utf-8")
        for below in re.findall(r"\n  (?:statements|to resolve it)\n((?:    .*\n?|\n)*)", text):
            indented = below.replace("-- on a second connection: ", "")
            for statement in statements(re.sub(r"<[A-Za-z ]+>", "0", indented)):
                yield f"{path.relative_to(project.ROOT)}", statement


def scripts():
    """The statements of scripts for psql, without its own commands, and with its variables as if they had been set."""
    for path in sorted(SCRIPTS.glob("*.sql")):
        text = re.sub(r"^\\gset", ";", path.read_text(encoding="utf-8"), flags=re.M)
        text = re.sub(r"""^ *\\.*\n|:(?=["'])""", "", text, flags=re.M)
        for statement in statements(text):
            yield f"{path.relative_to(project.ROOT)}", statement


def statements(text):
    without_comments = re.sub(r"^ *--.*\n?", "", text, flags=re.M)
    # No text of the statements has a line that ends so.
    yield from (statement.strip() for statement in re.split(r";[ \t]*$", without_comments, flags=re.M) if statement.strip())
