"""Recipes in the vault: small, immutable, named by their hash."""
from __future__ import annotations

import hashlib
import io

from gateway.document import Document, FileRef, Role
from gateway.errors import FileMissing
from gateway.recipe import RECIPE_TYPE, Recipe, recipe_file, recipe_from_json, recipe_to_json
from gateway.store.vault import Vault


def keep_recipe(recipe: Recipe, vault: Vault) -> FileRef:
    """Makes it durable.

    Raises:
        VaultError: the disk.
    """
    return vault.put(io.BytesIO(recipe_to_json(recipe)), role=Role.RECIPE, media_type=RECIPE_TYPE,
                     name=f"trang-{recipe.version}.json")


def recipe_hash(recipe: Recipe) -> str:
    """The SHA-256 under which it is kept."""
    return hashlib.sha256(recipe_to_json(recipe)).hexdigest()


def read_recipe(file: FileRef | str, vault: Vault) -> Recipe:
    """A kept recipe, by its file or hash.

    Raises:
        FileMissing: it is not there, or its bytes are not a recipe.
    """
    try:
        return recipe_from_json(vault.path(file).read_bytes())
    except ValueError as error:
        raise FileMissing from error


def recipe_of(document: Document, vault: Vault) -> Recipe | None:
    """The recipe that counts; None where nobody has touched the pages.

    Raises:
        FileMissing: it is not there.
    """
    file = recipe_file(document)
    return read_recipe(file, vault) if file is not None else None
