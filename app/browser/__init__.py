"""The browser: events in, patches out. The only room that knows the DOM, through the one module `dom`."""
