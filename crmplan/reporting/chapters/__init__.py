"""One module a chapter: its findings in sentences, its tables and its charts."""
