"""Joins the reports of several runs into one: JSON documents, or SARIF. Pure.

What reports say was written elsewhere, perhaps by a job that ran a stranger's code. So each is held to the shape that
hashpin gives it before a word of it is taken, and everything else that stands in it is dropped. Nobody can tell from a
report whether it is true.
"""
