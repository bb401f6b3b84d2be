"""Tables as people have them: what the columns of any table hold, and so what it is. Text in, `Column`s out.

shape   a text -> its line of heads and its rows, all of one length, numbers as they are written here
facts   a column -> what can be counted of it: numbers, kinds, whether it only counts or names the rows
roles   what a column can be taken for, as a link says it and as a page shows it
kinds   the columns of a table -> what each is taken for, and why, by names and by content
guesses a table -> what it may be; where that is several things, somebody has to say
route   a table that is no use on a page -> the way to the page where it is
boxes   a table that comes -> the texts of a page's fields, or the question which of its boxes it is for
cells   the columns as they are taken -> their cells, without the rows in which something is missing
rates   the columns of points -> FPR and TPR, of the four counts too

`declared` has what a page declares of a field for tables.
"""
