"""Right sector first on held-out phrases: the bundled model beside a linear model on the same phrases.

Run: python bench/accuracy.py PHRASES.csv.gz [ROWS]   (needs the train extra)
"""

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

from classifier.classify import classify_many
from classifier.intervals import wilson
from classifier.records import Record
from classifier.training import data
from config import taxonomy

_EACH = 300  # held-out phrases of a language


def some(rows: list[data.Row]) -> list[data.Row]:
    """At most so many of each language, evenly from all."""
    languages = defaultdict(list)
    for row in rows:
        languages[row.language].append(row)
    return [row for many in languages.values() for row in many[:: max(1, len(many) // _EACH)][:_EACH]]


def main() -> None:
    learned, every = data.phrases(Path(sys.argv[1]))
    held = some(every)
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 370_000
    random = np.random.default_rng(1)
    chosen = random.choice(len(learned), min(most, len(learned)), replace=False, p=data.weights(learned))
    grams = HashingVectorizer(analyzer="char", ngram_range=(1, 4), n_features=2**18, norm="l2")
    linear = SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=8, random_state=1)
    linear.fit(grams.transform(learned[n].text for n in chosen), [learned[n].sectors[0] for n in chosen])
    theirs = linear.predict(grams.transform(row.text for row in held))
    order = list(taxonomy.sectors())
    results = classify_many(Record(n, title=row.text) for n, row in enumerate(held))
    right = defaultdict(list)
    for row, guess, result in zip(held, theirs, results, strict=True):
        mine = order.index(result.ranking[0][0]) in row.sectors
        right[row.language].append((mine, guess in row.sectors))
    print(f"linear model on {len(chosen)} rows; 95 % intervals")
    for language, pairs in sorted(right.items()):
        n, (mine, other) = len(pairs), np.sum(pairs, axis=0)
        shares = ["{:.3f} ({:.2f}-{:.2f})".format(one / n, *wilson(one, n)) for one in (mine, other)]
        print(f"{language:4} n={n:4} ours={shares[0]} linear={shares[1]}")
    each = np.array([np.mean(pairs, axis=0) for pairs in right.values()])
    print(f"mean ours={each[:, 0].mean():.3f} linear={each[:, 1].mean():.3f}")


if __name__ == "__main__":
    main()
