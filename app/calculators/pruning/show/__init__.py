"""What the page says of a priced `options.Result`: words, figures and tables, no HTML. Each file says one thing."""
