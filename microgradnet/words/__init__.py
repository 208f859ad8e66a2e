"""What is said, in English and Chinese: one catalogue, for reports, errors and pages.

said.py: a sentence that can say itself in another language; languages.py: which one is wanted,
and what the catalogue has; terminal.py: text as a terminal can show it. page.json,
playground.json: the words of the pages, by a name each; sentences.json: those of the checker and
the command line, each Chinese one by the English one that stands in the code.

To add a sentence: write `say("uses {used} where {meant} belongs", used=..., meant=...)` where it
is said, and its Chinese in sentences.json; a test names what is missing.
"""

from microgradnet.words.languages import LANGUAGES, has_letters, language, page_words
from microgradnet.words.said import Said, changed, in_language, listed, say, sentence, told

__all__ = ["LANGUAGES", "Said", "changed", "has_letters", "in_language", "language"]
__all__ += ["listed", "page_words", "say", "sentence", "told"]
