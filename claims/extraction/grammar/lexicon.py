"""The verbs and nouns of saying, with what may follow each and what its source does with the content.

A line of the table is `frames stance strength: lemmas`. Frames, one letter each:

    q  a quotation                                   t  a clause with or without "that", T only with it
    w  "whether", "if", "what", "how" …              i  an infinitive ("vowed to leave")
    o  a noun phrase ("praised the plan")            n  noun phrase and predicate ("called it a lie")
    l  may follow its content (", the inquiry found")
    r  a listener may stand between ("told reporters that")

`lemma+about+of` adds prepositions that lead to content ("complained of"). Strength is the rule's confidence where
nothing else speaks, in percent. The lists are general English, after Quirk et al. (1985) 16.20-16.63 and Levin (1993)
29, 33 and 37.
"""

from __future__ import annotations

from dataclasses import dataclass

from claims.extraction.types import Stance

_VERBS = """
qtw asserts 90: say+of+about add report+on remark+on observe reply respond+to explain mention recount
qtwo asserts 80: note reveal confirm disclose acknowledge admit+to concede confess+to stress emphasise emphasize
    underline underscore reiterate repeat recall clarify relate outline detail discuss highlight specify
qtwo evaluates 80: describe
qt asserts 85: argue claim insist+on maintain assert contend conclude affirm attest testify+about boast+about+of
    brag+about+of quip joke+about counter retort interject caution+against+about reason opine posit hint+at imply
    intimate attribute
q asserts 80: continue state begin interrupt intone declaim
T asserts 80: state
qto accuses 80: allege
qtw asserts 75: write+about+of tweet+about post email blog text comment+on message publish
qtw asserts 60: suggest indicate signal show learn read
Tl asserts 60: find hear
qtwr asserts 85: tell+about+of inform+of+about remind+of notify+of advise brief+on assure+of
qtwr predicts 85: warn+of+about+against
qto predicts 80: predict forecast foresee prophesy anticipate project
qto declares 80: announce declare proclaim pronounce decree
qtio declares 75: vow pledge promise swear threaten
qto denies 85: deny refute rebut
qto denies 70: dismiss reject dispute contest
qtwri questions 80: ask+about inquire+about enquire+about+into question wonder+about query
qtri asserts 70: urge
qtri declares 70: order command instruct
qt evaluates 75: complain+about+of lament+about grumble+about+of moan+about gripe+about
qtwo evaluates 60: decry bemoan deplore
qo evaluates 65: mock ridicule denounce condemn criticise+for criticize+for praise+for slam blast+for hail laud
    lambaste applaud commend rebuke chide scold berate castigate deride assail disparage vilify excoriate
qo evaluates 50: attack+for defend thank+for honour salute bash rip trash insult tout trumpet
qno evaluates 65: call+for+on brand label dub deem
qo evaluates 55: characterise characterize portray depict liken compare
o evaluates 45: view regard
o accuses 85: accuse blame+for+on charge suspect
qto asserts 65: cite invoke
tio asserts 60: propose recommend demand request
q asserts 75: shout scream yell cry whisper mutter murmur laugh sigh snap exclaim chant sing bark growl shrug smile
    utter gasp groan roar quote
t evaluates 45: believe+in think hope+for
t predicts 45: fear+for worry+about
T evaluates 45: feel know understand realise realize suppose assume reckon
T questions 45: doubt
tw declares 40: decide determine
T predicts 45: expect
T evaluates 40: consider rumour
i evaluates 40: want wish hope seek
io asserts 55: refuse decline
i asserts 55: agree opt
i declares 55: offer
q asserts 60: chime weigh
p asserts 70: point+to+out talk+about allude+to refer+to appeal+for push+for apologise+for apologize+for speak+about+of
    protest+against rail+against lash+out+at object+to
o evaluates 55: express voice
o asserts 55: convey
T asserts 55: prove demonstrate illustrate estimate calculate agree complain point
T declares 55: rule
"""

_NOUNS = """
asserts: claim assertion statement remark report suggestion argument admission testimony revelation acknowledgement
    acknowledgment insistence contention rumour rumor assurance
accuses: accusation allegation
denies: denial
declares: pledge vow declaration promise
predicts: prediction warning
"""

_PLAIN_VERBS = """
accept achieve act adopt affect aim allow announce answer appear apply appoint approve arrest arrive assist attempt
attend avoid award ban battle become beat belong bear begin benefit block book break bring build burn buy cancel
capture care carry catch cause cease change chair chase check choose cite claim clash clean clear climb close collapse
collect combine come commit compete complete conduct connect consist contact contain contribute control cook cost cover
crash create cross cut damage deal debate decide decrease defeat delay deliver deploy describe deserve design destroy
determine develop die direct disappear discover display distribute divide draw dream dress drink drive drop earn eat
edit eliminate emerge employ enable end engage enjoy ensure enter erupt escape establish evacuate examine exist expand
experience explode explore extend face fail fall feature feed fight file fill finish fire fit fix flee fly focus follow
force form found free function fund gain gather generate get give go govern grab grant grow guide halt handle hang
happen head hear help hide hit hold host hurt identify ignore impact impose improve include increase injure inspect
invade invest investigate invite involve join judge jump keep kick kill knock lack land last launch lead lean leave
lend let lie lift link listen live load locate look lose lower make manage march mark match matter mean measure meet
mention miss monitor mount move name need obtain occupy occur offer open operate organise organize own pass pay perform
pick place plant play pour prepare present prevent print produce promote protect prove provide pull pursue push put
qualify quit raise range reach read receive recognise recognize record recover reduce refer reflect register reinforce
release rely remain remove renew repair replace represent rescue resign resist resolve rest restore result retain
retire return ride rise risk roll rule run rush sail save score seat secure seize sell send separate serve set settle
shake shape share shift shine ship shoot shut sign sing sink sit sleep slide slow solve sound spark speak spend split
spread stage stand start stay steal step stick stop store strengthen strike struggle study submit succeed suffer suit
supply surround survive suspend sustain sweep switch take target teach tear test throw tie top touch tour trace track
trade train transfer travel treat trigger try turn undergo unveil use value vanish vary visit vote wait walk warm wash
waste watch wear weigh win withdraw witness work worry write wrap deny prompt seem tend cheer concern surge plunge soar
slip climb tumble rally boost curb ease tighten strip bar jail sentence convict acquit fine sue appeal probe raid
detain free recruit hire sack quit merge acquire stem stabilise rebuild bolster host top lose trail lead
"""

_IRREGULAR = {
    "say": "said", "tell": "told", "write": "wrote written", "speak": "spoke spoken", "swear": "swore sworn",
    "think": "thought", "feel": "felt", "know": "knew known", "see": "saw seen", "find": "found",
    "show": "showed shown", "read": "read", "understand": "understood", "forget": "forgot forgotten",
    "foresee": "foresaw foreseen", "sing": "sang sung", "begin": "began begun", "ring": "rang rung",
    "rebut": "rebutted", "admit": "admitted", "quip": "quipped", "brag": "bragged", "blog": "blogged",
    "refer": "referred", "plan": "planned", "snap": "snapped", "opt": "opted", "slam": "slammed", "dub": "dubbed",
    "regret": "regretted", "draw": "drew drawn", "put": "put", "lay": "laid", "make": "made", "give": "gave given",
    "take": "took taken", "go": "went gone", "come": "came come", "get": "got gotten", "become": "became become",
    "beat": "beat beaten", "bear": "bore borne", "break": "broke broken", "bring": "brought", "build": "built",
    "rebuild": "rebuilt", "buy": "bought", "catch": "caught", "choose": "chose chosen",
    "cost": "cost", "cut": "cut", "deal": "dealt",
    "drink": "drank drunk", "drive": "drove driven", "eat": "ate eaten", "fall": "fell fallen", "feed": "fed",
    "fight": "fought", "flee": "fled", "fly": "flew flown", "grow": "grew grown", "hang": "hung", "hear": "heard",
    "hide": "hid hidden", "hit": "hit", "hold": "held", "hurt": "hurt", "keep": "kept", "lead": "led", "leave": "left",
    "lend": "lent", "let": "let", "lie": "lay lain", "lose": "lost", "mean": "meant", "meet": "met", "pay": "paid",
    "quit": "quit", "ride": "rode ridden", "rise": "rose risen", "run": "ran run", "sell": "sold", "send": "sent",
    "set": "set", "shake": "shook shaken", "shine": "shone", "shoot": "shot", "shut": "shut", "sink": "sank sunk",
    "sit": "sat", "sleep": "slept", "slide": "slid", "spend": "spent", "split": "split", "spread": "spread",
    "stand": "stood", "steal": "stole stolen", "stick": "stuck", "strike": "struck", "sweep": "swept",
    "teach": "taught", "tear": "tore torn", "throw": "threw thrown", "undergo": "underwent undergone",
    "wear": "wore worn", "win": "won", "withdraw": "withdrew withdrawn", "forecast": "forecast", "cast": "cast",
    "ban": "banned", "bar": "barred", "commit": "committed", "drop": "dropped", "grab": "grabbed", "jet": "jetted",
    "occur": "occurred", "submit": "submitted", "ship": "shipped", "step": "stepped", "stop": "stopped",
    "transfer": "transferred", "wrap": "wrapped", "slip": "slipped", "top": "topped", "stem": "stemmed",
    "swim": "swam swum", "rip": "ripped", "acquit": "acquitted", "plot": "plotted", "hop": "hopped", "fit": "fitted",
}  # fmt: skip


def _regular(lemma: str) -> tuple[str, str, str]:
    """Third person, past and -ing form of a regular verb."""
    vowel_y = lemma.endswith("y") and lemma[-2:-1] not in "aeiou"
    third = (
        lemma[:-1] + "ies" if vowel_y else lemma + ("es" if lemma.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
    )
    past = lemma + "d" if lemma.endswith("e") else lemma[:-1] + "ied" if vowel_y else lemma + "ed"
    ing = lemma[:-1] + "ing" if lemma.endswith("e") and not lemma.endswith(("ee", "ye")) else lemma + "ing"
    return third, past, "lying" if lemma == "lie" else ing


def forms_of(lemma: str) -> dict[str, str]:
    """Each form of the verb → base, s, past, participle, both (past and participle) or ing."""
    third, past, ing = _regular(lemma)
    irregular = _IRREGULAR.get(lemma, past).split()
    doubled = lemma + lemma[-1]
    if irregular[0] == f"{doubled}ed":  # "stopped", and not "led"
        ing = doubled + "ing"
    elif lemma in {
        "get",
        "put",
        "cut",
        "hit",
        "let",
        "run",
        "set",
        "shut",
        "sit",
        "split",
        "win",
        "quit",
        "begin",
        "swim",
        "forget",
    }:
        ing = lemma + lemma[-1] + "ing"
    forms = {ing: "ing", third: "s", lemma: "base"}
    if len(irregular) == 1:
        forms.setdefault(irregular[0], "both")
    else:
        forms.setdefault(irregular[0], "past")
        forms.setdefault(irregular[1], "participle")
    return forms


def participle_of(ing: str) -> str | None:
    """ "taking" → "taken", "hitting" → "hit"; None of a verb that is neither common nor irregular."""
    verbs = (lemma for lemma in (*COMMON_VERBS, *_IRREGULAR) if forms_of(lemma).get(ing) == "ing")
    return next((_IRREGULAR.get(lemma, _regular(lemma)[1]).split()[-1] for lemma in verbs), None)


def inflections(lemmas: frozenset[str]) -> dict[str, str]:
    """Form → kind of form, for every form of every lemma; the base form never hides a past one ("found")."""
    out: dict[str, str] = {}
    for lemma in sorted(lemmas):
        for form, kind in forms_of(lemma).items():
            if kind != "base" or form not in out:
                out[form] = kind
    return out


@dataclass(frozen=True, slots=True)
class Verb:
    """One reading of a verb of saying."""

    lemma: str
    frames: str
    prepositions: frozenset[str]
    stance: Stance
    strength: float


def _verbs() -> dict[str, Verb]:
    out: dict[str, Verb] = {}
    head = ("", "asserts", "50")
    for line in _VERBS.strip().splitlines():
        label, colon, rest = line.partition(":")
        if colon:
            head = tuple(label.split())  # type: ignore[assignment]  # three words by the table's form
        for entry in (rest if colon else line).split():
            lemma, *prepositions = entry.split("+")
            frames, stance, strength = head
            known = out.get(lemma)
            if known:  # a second line adds frames; stance and strength stay those of the first
                merged = "".join(sorted(set(known.frames) | set(frames)))
                out[lemma] = Verb(lemma, merged, known.prepositions | set(prepositions), known.stance, known.strength)
            else:
                out[lemma] = Verb(lemma, frames, frozenset(prepositions), stance, int(strength) / 100)  # type: ignore[arg-type]  # the table holds stances only
    return out


VERBS = _verbs()
COMMON_VERBS = frozenset(_PLAIN_VERBS.split()) | frozenset(VERBS)
VERB_FORMS = {form: (verb, kind) for verb in VERBS.values() for form, kind in forms_of(verb.lemma).items()}


NOUN_TOO = frozenset(
    "claim report call plan request demand order view vote fear hope wish want need love attack defend praise "
    "welcome note remark "
    "comment mention stress detail outline post email text message tweet blog show find answer reply counter joke "
    "quip boast signal "
    "warn forecast project promise vow pledge threat charge blame suspect question doubt estimate offer support back "
    "favour favor "
    "challenge honour salute trash insult rip term label brand cast cry scream shout yell whisper murmur laugh sigh "
    "snap sing "
    "growl groan roar gasp smile desire hate like dislike regret reason object lash hint concern guess notice voice "
    "share air "
    "issue raise rule express reject contest dispute rebuke command decree query advocate champion swear campaign "
    "lobby protest "
    "talk push appeal state maintain read mock bark ring open weigh chime paint book address mean think look record "
    "feel text chant".split()
)
"""Verbs of the table whose base or -s form is as well a noun or an adjective; all others are verbs wherever they
stand.
"""


def _nouns() -> dict[str, tuple[str, Stance]]:
    out: dict[str, tuple[str, Stance]] = {}
    stance = "asserts"
    for line in _NOUNS.strip().splitlines():
        label, colon, rest = line.partition(":")
        stance = label.strip() if colon else stance
        for lemma in (rest if colon else line).split():
            third = _regular(lemma)[0]
            out.setdefault(lemma, (lemma, stance))  # type: ignore[arg-type]  # the table holds stances only
            out.setdefault(third, (lemma, stance))  # type: ignore[arg-type]  # the same
    return out


NOUNS = _nouns()
