"""Many categories as few: which class of a model each category of a data set counts as."""

from collections.abc import Mapping, Sequence

from sosmatting.exceptions import InputError

Groups = Mapping[str, Sequence[str]]


def labels_by_category(classes: Sequence[str], groups: Groups | None = None) -> dict[str, int]:
    """Give every known category the index of its class.

    Args:
        classes: The configured classes; each is a category of its own too.
        groups: Categories by the class that they count as.

    Returns:
        Class indices by name of category.

    Raises:
        InputError: A group is no configured class, or a category is in two groups.
    """
    labels = {name: label for label, name in enumerate(classes)}
    known: dict[str, int] = dict(labels)
    for group, members in (groups or {}).items():
        if group not in labels:
            raise InputError(
                f'groups: {group!r} is none of the configured classes ({", ".join(classes)}); '
                'rename it, or add it to metainfo.classes'
            )
        for name in members:
            if known.setdefault(name, labels[group]) != labels[group]:
                raise InputError(f'groups: {name!r} is in two groups; keep it in one of them')
    return known
