"""A connection that runs what it has run before without asking SQLAlchemy again.

Most of a turn's time is SQLAlchemy finding out, for each of some 25 statements, what it found out for
the same statement a moment ago (measured: 45 µs a statement of which SQLite takes 6). A statement that
is built once and run often is compiled once here, for the names it is given, and then goes straight to
the driver with its types' own conversions. Everything else (statements built anew each time, lists of
rows, values that a column fills in by itself) takes SQLAlchemy's ordinary way, with the same outcome.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.engine import Dialect, Result
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]
Bound = tuple[str, Any, Convert | None]


class Answered(IteratorResult[Any]):
    """A result that also knows how many rows a change touched."""

    rowcount = -1


class Prepared:
    """One statement compiled for one set of parameter names."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        """``compiled`` must be plain (see `plain`)."""
        self.sql = str(compiled)
        bound = [_bound(compiled, name, dialect) for name in compiled.positiontup or ()]
        self._names = tuple(name for name, _, _ in bound)
        self._defaults = {name: default for name, default, _ in bound}
        self._binds = tuple((n, convert) for n, (_, _, convert) in enumerate(bound) if convert is not None)
        columns: Sequence[Any] = compiled._result_columns
        self._metadata = SimpleResultMetaData([str(column.keyname) for column in columns])
        self._convert = tuple(
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        )
        self._converts = tuple((n, convert) for n, convert in enumerate(self._convert) if convert is not None)

    def parameters(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the statement's order, as the driver wants them."""
        try:
            ordered = [values[name] for name in self._names]
        except KeyError:
            both = {**self._defaults, **values}
            ordered = [both[name] for name in self._names]
        for place, convert in self._binds:
            ordered[place] = convert(ordered[place])
        return ordered

    def answer(self, cursor: Any) -> Answered:
        """All rows, with their types' conversions."""
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall() if cursor.description else ()
        if self._converts:
            rows = [self._converted(row) for row in rows]
        result = Answered(self._metadata, iter(rows))
        result.rowcount = cursor.rowcount
        return result

    def _converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place, convert in self._converts:
            values[place] = convert(values[place])
        return tuple(values)


def _bound(compiled: SQLCompiler, name: str, dialect: Dialect) -> Bound:
    parameter = compiled.binds[name]
    convert = parameter.type.dialect_impl(dialect).bind_processor(dialect)
    return parameter.key, parameter.effective_value, convert


def plain(compiled: SQLCompiler) -> bool:
    """Whether nothing in the statement has to be worked out at each run."""
    return not (
        compiled.post_compile_params
        or compiled.literal_execute_params
        or compiled.insert_prefetch
        or compiled.update_prefetch
        or compiled.positiontup is None
        or any(compiled.binds[name].callable for name in compiled.positiontup)
    )


class FastConnection(Connection):
    """See the module. Only `execute` with one set of values (or none) is short-cut."""

    @property
    def _prepared(self) -> "WeakKeyDictionary[Any, dict[tuple[str, ...], Prepared | None]]":
        known = self.engine.__dict__.get("_chihoi_prepared")
        if known is None:
            known = self.engine.__dict__["_chihoi_prepared"] = WeakKeyDictionary()
        return cast("WeakKeyDictionary[Any, dict[tuple[str, ...], Prepared | None]]", known)

    def execute(self, statement: Executable, parameters: Any = None, **options: Any) -> CursorResult[Any]:
        """As SQLAlchemy's; the second run of the same statement object is prepared."""
        if options or isinstance(parameters, list | tuple):
            return super().execute(statement, parameters, **options)
        values: Mapping[str, Any] = parameters or {}
        prepared = self._find(statement, tuple(values))
        if prepared is None:
            return super().execute(statement, parameters)
        return cast("CursorResult[Any]", self._run(prepared, values))

    @property
    def _driver(self) -> Any:
        """The driver's own connection, kept while this one is open."""
        known = self.__dict__.get("_chihoi_driver")
        if known is None:
            known = self.__dict__["_chihoi_driver"] = self.connection.driver_connection
        return known

    def _find(self, statement: Any, names: tuple[str, ...]) -> Prepared | None:
        known = self._prepared.get(statement)
        if known is None:
            self._prepared[statement] = {}  # seen once; a statement built anew each time ends here
            return None
        if names not in known:
            known[names] = self._prepare(statement, names)
        return known[names]

    def _prepare(self, statement: Any, names: tuple[str, ...]) -> Prepared | None:
        changes = getattr(statement, "is_dml", False)
        compiled = statement.compile(dialect=self.dialect, column_keys=list(names) if changes else None)
        return Prepared(compiled, self.dialect) if plain(compiled) else None

    def _run(self, prepared: Prepared, values: Mapping[str, Any]) -> Result[Any]:
        if not self.in_transaction():
            self.begin()
        driver: Any = self._driver
        parameters = prepared.parameters(values)
        try:
            return prepared.answer(driver.execute(prepared.sql, parameters))
        except self.dialect.loaded_dbapi.Error as error:
            raise _told(prepared.sql, error, self.dialect) from error


def _told(sql: str, error: Exception, dialect: Dialect) -> SQLAlchemyError:
    """The error as SQLAlchemy names it; no parameters, which may hold a person's words."""
    told = DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True)
    return cast(SQLAlchemyError, told)


class SavepointLost(Exception):
    """The savepoint is gone: SQLite has rolled the whole transaction back (disk full). Its error is
    ``reason``."""

    def __init__(self, reason: BaseException) -> None:
        self.reason = reason
        super().__init__(str(reason))


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Keep what is done inside, or none of it if it raises. SavepointLost if SQLite kept nothing at all."""
    driver: Any = connection.connection.driver_connection
    _mark(connection, driver, "SAVEPOINT turn")
    try:
        yield
    except BaseException:
        _mark(connection, driver, "ROLLBACK TO turn")
        _mark(connection, driver, "RELEASE turn")
        raise
    _mark(connection, driver, "RELEASE turn")


def _mark(connection: Connection, driver: Any, sql: str) -> None:
    try:
        driver.execute(sql)
    except connection.dialect.loaded_dbapi.Error as error:
        raise SavepointLost(_told(sql, error, connection.dialect)) from error
