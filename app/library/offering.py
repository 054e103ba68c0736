"""Which of a repository's models would run here, and which one most people with this machine want."""

from collections.abc import Sequence

from app.core.params import Loading
from app.core.record import record
from app.core.typical import named_parameters, typical_network, usual_size
from app.core.verdict import Judgement, Room, judged, unsupported
from app.library.curated import Curated
from app.library.judging import Knows, everything
from app.library.quantizations import PREFERRED
from app.library.repository import Found, RemoteFile, Repository, Variant

FINER = ("Q8_0", "Q6_K", "Q5_K_M")  # taken where the machine does not feel it
QUICK = 2_500_000_000  # bytes that a processor can read for every token so that nobody waits
COMFORT = 0.6  # of the graphics cards' memory: the rest is for a longer context


@record(kw_only=True)
class Offer:
    """A model as it is offered on this machine. The judgement is an estimate: nobody has read its header."""

    variant: Variant
    judgement: Judgement
    recommended: bool = False


def offers(repository: Repository, room: Room, knows: Knows = everything) -> tuple[Offer, ...]:
    """All models of a repository in their order, one of them recommended if any can be."""
    architecture = repository.architecture
    judgements = [
        judged_by_size(each.size, repository.parameters, repository.context_length, repository.repository, room)
        for each in repository.variants
    ]
    if not knows(architecture):
        judgements = [unsupported(each, architecture) for each in judgements]
    best = _recommended(repository.variants, judgements)
    return tuple(
        Offer(variant=variant, judgement=judgement, recommended=place == best)
        for place, (variant, judgement) in enumerate(zip(repository.variants, judgements, strict=True))
    )


def judged_by_size(size: int, parameters: int, context: int, name: str, room: Room) -> Judgement:
    """Whether a model of so many bytes would run."""
    return judged(typical_network(size, parameters, context, name), Loading(), room)


def judged_as_found(found: Found, room: Room, knows: Knows = everything) -> Judgement | None:
    """The same for what a search told, in the usual quantization; None where it told no size."""
    parameters = found.parameters or named_parameters(found.repository)
    if not parameters:
        return None
    size = usual_size(parameters)
    judgement = judged_by_size(size, parameters, found.context_length, found.repository, room)
    return judgement if knows(found.architecture) else unsupported(judgement, found.architecture)


def recommended_size(curated: Curated) -> tuple[str, int]:
    """The quantization that most people want, and its bytes; ("", 0) where nobody told any."""
    sizes = dict(curated.sizes)
    for name in PREFERRED:
        if name in sizes:
            return name, sizes[name]
    return curated.sizes[0] if curated.sizes else ("", 0)


def from_catalog(curated: Curated) -> Repository:
    """What is known of a recommended model without asking anybody; nothing of it can be fetched."""
    return Repository(
        repository=curated.repository,
        parameters=curated.parameters,
        context_length=curated.context_length,
        licence=curated.licence,
        commit="",
        variants=tuple(
            Variant(name=curated.title, quantization=name, files=(RemoteFile(path=name, size=size),))
            for name, size in curated.sizes
        ),
    )


def _recommended(variants: Sequence[Variant], judgements: Sequence[Judgement]) -> int:
    """The place of the one to take; -1 for none."""
    good = {place for place, variant in enumerate(variants) if variant.whole and variant.files}
    fit = {place for place in good if judgements[place].verdict in ("fits", "unknown")}

    def first(names: Sequence[str], among: set[int]) -> int:
        for name in names:
            for place in sorted(among):
                if variants[place].quantization == name:
                    return place
        return -1

    at_ease = {place for place in fit if _at_ease(judgements[place])}
    for names, among in ((FINER, at_ease), (PREFERRED, fit)):
        if (place := first(names, among)) >= 0:
            return place
    if fit:
        return max(fit, key=lambda place: variants[place].size)
    slow = {place for place in good if judgements[place].verdict == "slow"}
    place = first(PREFERRED, slow)
    return place if place >= 0 else min(slow, key=lambda place: variants[place].size, default=-1)


def _at_ease(judgement: Judgement) -> bool:
    cards = sum(judgement.room.cards)
    if judgement.plan.cards and judgement.verdict == "fits":
        return judgement.needed <= cards * COMFORT
    return judgement.verdict == "fits" and judgement.read <= QUICK
