"""What is true in the simulated bank, written beside the data and never read by the service."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from service.simulate import tables
from service.simulate.bank import Bank
from service.simulate.chance import logistic
from service.simulate.exchange import CUSTOMER, PRODUCT, text
from service.simulate.taxonomy import CATEGORIES

README = """\
# The truth of this simulated bank

Only for measuring: nothing here may be imported into a service. Made by the generator's parameters and latent state.

- `preferences.parquet`: `preference` of each customer for each category at the end of the simulated days: the chance
  that the latent state gives to a wish for it, as a share of the customer's sum over all categories.
- `tags.parquet`: `precision` is the share of the tagged whose claimed interest was alive when they were tagged (for an
  aversion: was not), `half_life_days` the median time such an interest still lived on, `redundancy` the share of bits
  taken over between this tag and another, `coverage` the share of customers who carry it now. Null: claims nothing.
- `products.parquet`: `appeal` is what the market feels about a product, `yield_pull` what its yield adds to that.
"""


def write_preferences(bank: Bank, folder: Path) -> int:
    """Customer, category and preference; the preferences of a customer sum to 1."""
    chance = logistic(bank.logit).astype(np.float64)
    share = chance / chance.sum(axis=1, keepdims=True)
    customer, category = (axis.ravel() for axis in np.indices(share.shape))
    columns = {
        "customer_id": tables.numbered(customer, CUSTOMER),
        "category": tables.words(category, [kind.code for kind in CATEGORIES]),
        "preference": tables.decimals(np.round(share.ravel(), 9)),
    }
    return tables.write(folder / "preferences.parquet", columns, share.size)


def write_appeals(bank: Bank, folder: Path) -> int:
    """The latent appeal of each product and the part that its yield adds."""
    products = bank.catalogue.products
    appeal = np.array([product.appeal for product in products])
    columns = {
        "product_id": text([PRODUCT % place for place in range(len(products))]),
        "appeal": tables.decimals(np.round(appeal, 6)),
        "yield_pull": tables.decimals(np.round(bank.catalogue.taste - appeal, 6)),
    }
    return tables.write(folder / "products.parquet", columns, len(products))


def write_readme(folder: Path) -> None:
    """What the other files of the folder say."""
    (folder / "README.md").write_text(README, encoding="utf-8")
