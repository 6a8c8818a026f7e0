"""The table of operations is what the code says."""

from .record_operations import TABLE, operations, table


def test_the_table_is_current():
    assert TABLE.read_text() == table(), "write it anew: python -m tests.minigrad.record_operations"


def test_every_operation_has_an_equation():
    assert [cls.__name__ for cls in operations() if not (cls.__doc__ or "").strip()] == []
