"""What every calculator is written in: fields, figures and lines, tables as text, quantities in and out, links."""
