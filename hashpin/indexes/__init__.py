"""Asking package indexes. Pure parsers, one for each kind of answer, and one client that asks in order.

To add a kind of index: a module with a pure parser, and a class that satisfies
`hashpin.model.Index`, built in the two doors.
"""
