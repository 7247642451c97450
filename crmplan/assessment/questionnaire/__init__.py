"""The ways in which people are asked: what one person is asked, the fields of a form, and the workbook of a form."""
