"""How well a few typed letters fit a name."""


def match(query: str, text: str) -> int:
    """How well the letters of `query` fit in order into `text`; 0 where they do not. Starts of words count more."""
    query, text = query.casefold().replace(" ", ""), text.casefold()
    if not query:
        return 1
    score, at, run = 1, -1, 0
    for letter in query:
        found = text.find(letter, at + 1)
        if found < 0:
            return 0
        starts = found == 0 or not text[found - 1].isalnum()
        if not starts and found != at + 1:  # a later word that starts with the letter is what was meant
            later = text.find(" " + letter, at + 1)
            if later >= 0:
                found, starts = later + 1, True
        run = run + 1 if found == at + 1 else 0
        score += 1 + 4 * starts + 3 * run
        at = found
    return score * 100 // (10 + len(text) // 4)
