"""Tables as people have them: what the columns of any table hold, and so what it is. Text in, `Column`s out.

shape   a text -> its line of heads and its rows, all of one length, numbers as they are written here
facts   a column -> what can be counted of it: numbers, kinds, whether it only counts or names the rows
roles   what a column can be taken for, as a link says it and as a page shows it
kinds   the columns of a table -> what each is taken for, and why, by names and by content
"""
