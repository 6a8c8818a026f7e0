"""The questions: one module a sheet, ``sheet_02`` for the questions "02.1", "02.2" and so on.

A sheet is imported when one of its questions is asked for; a new file here is a new sheet.
"""
