"""Sentences in English and Chinese: one catalogue, for reports, errors and pages.

said.py: a sentence that can be put into another language; languages.py: the wanted language,
and the sentences of the catalogue; terminal.py: text that a terminal can show. page.json,
playground.json: the words of the pages, each by a name; sentences.json: those of the checker and
the command line, each Chinese sentence by the English one in the code; mistakes.json: the kinds of
mistakes by their stable ids, each with its sentences.

To add a sentence: write `say("uses {used} where {meant} belongs", used="w", meant="x")` in the
code, its Chinese in sentences.json, and a mistake in mistakes.json; a test names missing ones.
"""

from microgradnet.words.languages import LANGUAGES, has_letters, language, page_words
from microgradnet.words.said import Said, changed, in_language, listed, say, sentence, told

__all__ = ["LANGUAGES", "Said", "changed", "has_letters", "in_language", "language"]
__all__ += ["listed", "page_words", "say", "sentence", "told"]
