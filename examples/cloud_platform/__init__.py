"""A public cloud platform's repository as an inventory, so that the ledgers meet records that nobody made for them."""
