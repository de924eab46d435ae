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
from classifier.records import Record
from classifier.training import data
from config import taxonomy


def main() -> None:
    learned, held = data.phrases(Path(sys.argv[1]))
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
    for language, pairs in sorted(right.items()):
        mine, other = np.mean(pairs, axis=0)
        print(f"{language:4} n={len(pairs):5} ours={mine:.3f} linear={other:.3f}")
    each = np.array([np.mean(pairs, axis=0) for pairs in right.values()])
    print(f"mean ours={each[:, 0].mean():.3f} linear={each[:, 1].mean():.3f}")


if __name__ == "__main__":
    main()
