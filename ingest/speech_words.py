"""The words by which news prose reports speech: verbs, the nouns of those who speak, and function words.

One place for every list that `ingest.reported_speech` decides by.
"""

from __future__ import annotations

# Verbs of saying. The first group reports a clause without "that" ("Lee said he was ready").
BARE_CLAUSE = frozenset(
    """
    said say says saying told tell tells telling claimed claims claiming insisted insists admitted admits argued
    argues alleged alleges warned warns predicted suggested maintains concluded announced
    confirmed stated states acknowledged revealed conceded vowed
    """.split()
)
SAYING = BARE_CLAUSE | frozenset(
    """
    added add adds adding noted note notes noting stating argue arguing claim insist insisting explained explain
    explains explaining warn warning wrote write writes writing announce announces announcing confirm confirms
    confirming reveal reveals revealing admit admitting acknowledge acknowledges acknowledging suggest suggests
    suggesting stressed stress stresses stressing emphasized emphasised emphasizes emphasises emphasizing
    emphasising reiterated reiterates reiterating declared declares declaring asserted asserts asserting
    maintained maintaining contended contends contending allege alleging predicts predict predicting promised
    promises promising vows vowing pledged pledges recalled recalls recalling remarked remarks replied replies
    replying responded responds responding commented comments concludes continued continues clarified clarifies
    clarifying informed informs informing concedes conceding denied denies denying observed observes observing
    complained complains complaining boasted boasts joked jokes joking quipped quips testified testifies
    reported reports reporting tweeted tweets posted asked asks asking answered answers cautioned cautions
    cautioning countered counters affirmed affirms affirming reaffirmed reaffirms reaffirming proclaimed
    lamented laments remembered remembers reflected reflects shared exclaimed interjected mused muses wondered
    reassured assured assures assuring reminded urged urges urging underlined underlines underscored estimated
    estimates expressed expresses hinted hints advised advises begged shouted yelled screamed whispered shrugged
    laughed smiled sighed disclosed repeated repeats repeating recounted recounts theorized speculated
    speculates reasoned elaborated chimed quoted opined gushed teased detailed rejected rejects
    """.split()
)
# With a quotation beside them these are saying; alone they report no clause.
QUOTATION_ONLY = frozenset(
    """
    continued continues shared asked asks asking exclaimed interjected begged shouted yelled screamed whispered
    shrugged laughed smiled sighed elaborated chimed quoted gushed teased detailed observed observes responded
    responds responding replied replies replying commented comments answered answers joked jokes joking quipped
    quips posted reflected reflects remembered mused wondered reported described describes describing called
    calls calling hailed hails hailing touted touts touting labelled labeled labels labeling dubbed dubs
    referred refers referring characterized characterised praised praises praising blasted slammed billed bills
    branded criticized criticised criticizes condemned denounced dismissed dismissing likened refer spoke
    accused accuses offered offers agreed agrees expressed expresses urged urges promised promises pledged
    hinted hints rejected rejects
    """.split()
)
# Verbs whose object is what was said: "stressed the need for …", "warned of …".
OBJECT_REPORTS = frozenset(
    """
    stressed stresses stressing emphasized emphasised emphasizes emphasises emphasizing emphasising reiterated
    reiterates reiterating underlined underlines
    """.split()
)
VERBS = SAYING | QUOTATION_ONLY
TRIGGERS = VERBS | {"according", "According", "Said", "clear", "out"}

# After these, a verb of saying is no report: "did not say", "to say", "was told", "would say".
CANCELLING = frozenset(
    """
    not never n't didn't didn’t don't don’t doesn't doesn’t won't won’t wouldn't wouldn’t couldn't couldn’t
    cannot can't can’t hasn't hasn’t haven't haven’t isn't isn’t wasn't wasn’t would could should may might can
    must will shall to be been is was were are being am get got let i'd i’d he'd he’d you'd it'd
    """.split()
)
SKIPPED_BEFORE_VERB = frozenset(
    """
    also later then once again has had have further even previously earlier himself herself themselves itself
    yesterday today tonight too both all instead still often always already just only once simply first
    meanwhile however though later perhaps soon himself now who've
    """.split()
)
NOT_ADVERBS = frozenset(
    "family ally bully assembly supply july italy emily kelly sally billy reply fly weekly".split()
)
DAYS = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    """.split()
)
MONTHS = frozenset(
    """
    january february march april may june july august september october november december jan feb mar apr jun
    jul aug sep sept oct nov dec
    """.split()
)

PRONOUNS = {"he": "m", "she": "f", "they": "p", "it": "n", "i": "i", "we": "i", "you": "i"}
DETERMINERS = frozenset(
    """
    a an the one another some several many most both all two three four five six seven eight nine ten this these
    those his her its their our my your other more few any each every either neither no
    """.split()
)
STRIPPED_FROM_SPEAKER = frozenset(
    "a an the one another some several many most both all any each this these those other few".split()
)
PREPOSITIONS = frozenset(
    "of for at from with in on by about inside near to behind against within outside".split()
)
BOUNDARIES = frozenset(
    """
    whereas let's let’s please note just unless once except despite toward towards between among via
    that which who whom whose but while as when because if whether where so than though although since after
    before until and or yet however then why how what into over under during amid despite without through like
    is was were are be been has have had do does did not will would can could should there here also according
    per meanwhile furthermore moreover additionally nevertheless nonetheless instead later earlier still perhaps
    yes no indeed thus hence afterwards recently i he she it we they you
    """.split()
)
# Nouns (singular) of those who, or that which, can be said to say something.
_SPEAKERS = frozenset(
    """
    official spokesperson spokesman spokeswoman spokespeople analyst expert source company report statement
    agency police government ministry lawyer study researcher scientist regulator prosecutor critic lawmaker
    investigator authority organization organisation group union firm bank team officer representative rep aide
    adviser advisor diplomat minister president premier chief director manager ceo cto cfo executive founder
    co-founder cofounder resident witness neighbor neighbour family relative friend colleague economist
    historian author professor doctor teacher student worker employee farmer member leader people person man
    woman boy girl mother father mom dad mum wife husband brother sister son daughter judge jury court plaintiff
    defendant suit lawsuit complaint filing document memo email letter post tweet message article newspaper
    magazine outlet network site website paper survey poll observer insider user customer fan player coach
    staffer staff speaker voter candidate senator congressman congresswoman governor mayor secretary
    commissioner committee council department office bureau foundation institute center centre commission board
    campaign administration country nation industry developer maker publisher platform startup investor
    shareholder trader broker retailer airline club league band actor actress star singer comedian host writer
    reporter journalist editor narrator engineer designer owner captain defender striker boss attorney solicitor
    barrister counsel detective sheriff victim survivor activist campaigner advocate opponent supporter
    protester rebel militant army military force soldier general commander pilot astronaut intelligence watchdog
    giant half-brother couple pair duo trio side parent mayor king queen prince pope chancellor ambassador envoy
    negotiator auditor councillor councilor councilman specialist administrator superintendent student creator
    dealer collector therapist agent inspector economist strategist consultant veteran scholar fellow head chair
    chairman chairwoman artist musician rapper driver fighter boxer quarterback pitcher midfielder winger
    goalkeeper technician operator chef nurse surgeon psychologist therapist dietitian physicist biologist
    astronomer architect entrepreneur commander-in-chief potus counterpart newsroom post caption blog
    documentation announcement release note verdict indictment affidavit order ruling agreement manifesto
    transcript testimony
    biography memoir
    """.split()
)
_INSTITUTIONS = frozenset(
    """
    company report statement agency police government ministry study organization organisation group union firm
    bank team authority staff league club band country nation industry publisher platform startup retailer
    airline board campaign administration committee council department office bureau foundation institute center
    centre commission network site website paper survey poll lawsuit complaint filing document memo email letter
    post tweet message article newspaper magazine outlet army military force militant rebel suit court jury
    newsroom giant developer maker intelligence watchdog caption blog documentation announcement release note
    verdict indictment affidavit order ruling transcript testimony biography memoir people couple pair duo trio
    side star source user customer fan boss
    """.split()
)
SPEAKER_NOUNS = _SPEAKERS
# The nouns of persons: before or after a name they show that it is a person's.
PERSON_NOUNS = (_SPEAKERS - _INSTITUTIONS) | {"graduate", "native", "boss"}
PLURAL_SPEAKERS = frozenset(f"{noun}s" for noun in PERSON_NOUNS)
# A person noun that does not single one out: "the woman" is not the last woman named.
COMMON_PERSON_NOUNS = frozenset(
    """
    person people man woman boy girl mother father mom dad mum wife husband brother sister son daughter friend
    colleague relative family neighbor neighbour official resident witness member worker employee student critic
    fellow head chair representative rep side parent victim supporter veteran counterpart
    """.split()
)
CONNECTORS = frozenset("of and for the & de du la von van on in at to".split())
# Verbs that name the listener before what is said: "told reporters that".
LISTENERS = frozenset(
    """
    told tell tells telling informed informs informing reminded assured warned advised reassured
    """.split()
)
# Their past participles follow a noun: "a company called “…”".
NAMING_VERBS = frozenset("called dubbed labelled labeled branded billed described hailed touted".split())
