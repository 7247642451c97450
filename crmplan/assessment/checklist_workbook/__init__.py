"""Checklists as an Excel workbook for those who edit questions there, and back into their YAML files."""
